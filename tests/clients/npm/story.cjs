// Drives the vendor's npm client, unmodified, and prints what it says of every step as one JSON object.
// Arguments: the folder that the client is installed in, and what the test tells (JSON).
"use strict";

const [, , folder, told] = process.argv;
const { createRequire } = require("node:module");
const client = createRequire(`${folder}/`)("kii-cloud-sdk");
const { site, locked, open, name } = JSON.parse(told);
const steps = {};

function sdk(app) {
  const made = client.create();
  made.Kii.initializeWithSite(app.id, app.key, site);
  return made;
}

/** Note what a step gives, or how it fails: in the client's own words, and as its own error parser reads them. */
async function step(label, action) {
  try {
    steps[label] = { ok: (await action()) ?? null };
  } catch (error) {
    const message = error?.message ?? String(error);
    steps[label] = { error: message, parsed: lockedApp.KiiErrorParser.parse(message) };
  }
}

const lockedApp = sdk(locked);
const openApp = sdk(open);

async function accounts({ Kii, KiiUser, KiiErrorParser }) {
  const user = KiiUser.userWithUsername(`ann-${name}`, "ann-Secret-1");
  await step("register user", async () => ({ id: (await user.register()).getID(), login: KiiUser.getCurrentUser().getUsername() }));
  await step("register user again", () => KiiUser.userWithUsername(`ann-${name}`, "ann-Secret-1").register());
  await step("user login", async () => (await KiiUser.authenticate(`ann-${name}`, "ann-Secret-1")).getID());
  await step("user login with a wrong password", () => KiiUser.authenticate(`ann-${name}`, "not-Anns-1"));
  await step("user login of nobody", () => KiiUser.authenticate(`nobody-${name}`, "ann-Secret-1"));
  await step("admin login with a wrong secret", () => Kii.authenticateAsAppAdmin(locked.client_id, "wrong"));
  const admin = await Kii.authenticateAsAppAdmin(locked.client_id, locked.client_secret);
  await step("admin login", () => typeof admin._getToken());
  return { admin, ann: await KiiUser.authenticate(`ann-${name}`, "ann-Secret-1") };
}

async function things({ Kii, KiiThing, KiiThingContext }) {
  const make = (id) => KiiThing.register({ _vendorThingID: `${id}-${name}`, _password: "thing-Secret-1", _thingType: "lamp", colour: "red" });
  const lamp = await make("lamp");
  const fan = await make("fan");
  const door = await make("door");
  await step("register thing", () => ({ id: lamp.getThingID(), vendorID: lamp.getVendorThingID(), disabled: lamp.getDisabled(), token: typeof lamp.getAccessToken() }));
  await step("register thing again", () => make("lamp"));
  await step("register a thing by no good name", () => make("100%"));
  await step("thing login", async () => (await Kii.authenticateAsThing(`lamp-${name}`, "thing-Secret-1")) instanceof KiiThingContext);
  await step("thing login with a wrong password", () => Kii.authenticateAsThing(`lamp-${name}`, "wrong"));
  await step("thing login of nobody", () => Kii.authenticateAsThing(`none-${name}`, "thing-Secret-1"));
  return { lamp, fan, door };
}

async function ownership({ KiiThing, KiiUser, KiiGroup }, { admin, ann }, { lamp, fan, door }) {
  const owns = async (thing, owner) => (await thing.isOwner(owner))[2];
  const group = KiiGroup.groupWithName(`family-${name}`);
  await step("register group", async () => typeof (await group.save()).getID());
  await step("is owner before", () => owns(lamp, ann));
  await step("own with a wrong password", () => lamp.registerOwnerWithPassword(ann, "wrong"));
  await step("own with an empty password", () => lamp.registerOwnerWithPassword(ann, ""));
  await step("own with the right password", () => lamp.registerOwnerWithPassword(ann, "thing-Secret-1").then(() => "done"));
  await step("own with a wrong password by vendorThingID", () => KiiThing.registerOwnerWithVendorThingIDAndPassword(`fan-${name}`, ann, "wrong"));
  await step("own with the right password by vendorThingID", () => KiiThing.registerOwnerWithVendorThingIDAndPassword(`fan-${name}`, ann, "thing-Secret-1").then(() => "done"));
  await step("own again", () => lamp.registerOwnerWithPassword(ann, "thing-Secret-1"));
  await step("own again by vendorThingID", () => KiiThing.registerOwnerWithVendorThingIDAndPassword(`lamp-${name}`, ann, "thing-Secret-1"));
  await step("own as a user whose id is no good name", () => lamp.registerOwnerWithPassword(KiiUser.userWithID("100%"), "thing-Secret-1"));
  await step("own by PUT where a password is needed", () => door.registerOwner(ann));
  await step("the group owns", () => door.registerOwnerWithPassword(group, "thing-Secret-1").then(() => "done"));
  await step("is owner", () => owns(lamp, ann));
  await step("is owner by vendorThingID", async () => owns(await KiiThing.loadWithVendorThingID(`fan-${name}`), ann));
  await step("the group is owner", () => owns(door, group));
  await step("is owner through the group", () => owns(door, ann));
  await step("the group is no owner of another", async () => owns(await admin.loadThingWithThingID(lamp.getThingID()), group));
  await step("unregister", () => lamp.unregisterOwner(ann).then(() => "done"));
  await step("is owner after", () => owns(lamp, ann));
  await step("unregister again as admin", async () => (await admin.loadThingWithThingID(lamp.getThingID())).unregisterOwner(ann));
  return group;
}

async function members({ KiiUser, KiiGroup }, { ann }, { door }, group) {
  const owns = async (user) => (await door.isOwner(user))[2];
  const bob = await KiiUser.userWithUsername(`bob-${name}`, "bob-Secret-1").register();
  await step("a stranger is no owner", () => owns(bob));
  await KiiUser.authenticate(`ann-${name}`, "ann-Secret-1");
  group.addUser(bob);
  await step("add member", () => group.save().then(() => "done"));
  await KiiUser.authenticate(`bob-${name}`, "bob-Secret-1");
  await step("a member is owner", () => owns(bob));
  const same = KiiGroup.groupWithID(group.getID());
  same.removeUser(bob);
  await step("leave", () => same.save().then(() => "done"));
  await step("who has left is no owner", () => owns(bob));
  await step("delete user", () => bob.delete().then(() => "done"));
  await step("a deleted user's login", () => KiiUser.authenticate(`bob-${name}`, "bob-Secret-1"));
  await KiiUser.authenticate(`ann-${name}`, "ann-Secret-1");
  await step("delete thing", () => door.deleteThing().then(() => "done"));
  await step("load a deleted thing", () => door.refresh());
  await step("delete group", () => group.delete().then(() => "done"));
  await step("delete group again", () => group.delete());
  await step("delete oneself", () => ann.delete().then(() => "done"));
}

async function byPut({ Kii, KiiUser, KiiGroup, KiiThing }) {
  const cem = await KiiUser.userWithUsername(`cem-${name}`, "cem-Secret-1").register();
  const group = await KiiGroup.groupWithName(`club-${name}`).save();
  const admin = await Kii.authenticateAsAppAdmin(open.client_id, open.client_secret);
  const make = (id) => KiiThing.register({ _vendorThingID: `${id}-${name}`, _password: "thing-Secret-1" });
  const thing = await make("bell");
  await step("PUT", () => thing.registerOwner(cem).then(() => "done"));
  await step("PUT again", () => thing.registerOwner(cem));
  await step("PUT as admin by thingID", () => admin.registerOwnerWithThingID(thing.getThingID(), group).then(() => "done"));
  await make("horn");
  await step("PUT as admin by vendorThingID", () => admin.registerOwnerWithVendorThingID(`horn-${name}`, cem).then(() => "done"));
  await step("PUT by vendorThingID", () => KiiThing.registerOwnerWithVendorThingID(`horn-${name}`, group).then(() => "done"));
  await step("PUT of nobody", () => admin.registerOwnerWithThingID(thing.getThingID(), KiiUser.userWithID("nobody")));
  const made = await admin.registerThing({ _vendorThingID: `gong-${name}`, _password: "thing-Secret-1" });
  await step("a thing with a token", () => made.registerOwner(cem).then(() => "done"));
  await step("a thing with a token is owned", async () => (await made.isOwner(cem))[2]);
  await step("a thing with a token is left", () => made.unregisterOwner(cem).then(() => "done"));
  await step("a thing with a token is owned no more", async () => (await made.isOwner(cem))[2]);
}

(async () => {
  const people = await accounts(lockedApp);
  const made = await things(lockedApp);
  const group = await ownership(lockedApp, people, made);
  await members(lockedApp, people, made, group);
  await byPut(openApp);
})().then(
  () => console.log(JSON.stringify(steps)),
  (error) => {
    console.error(JSON.stringify(steps, null, 1), error);
    process.exitCode = 1;
  },
);
