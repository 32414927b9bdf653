"""HTTP/1.1 as it comes in and goes out: uvicorn's protocol, closed to what could be read in two ways."""
