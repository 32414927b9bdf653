"""Deployments that go wrong about what a claim makes, in Resources and in the policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...engine.mutants import Mutant, Rule
from ..entities import RESOURCE, Policy, Principal, Resource
from ..refusals import No
from ..world import ConnhexWorld
from .doing import CLAIMS

Spoil = Callable[[ConnhexWorld, Resource, Policy], None]
Row = tuple[str, Spoil, tuple[str, ...]]


def _spoiling(spoil: Spoil) -> Rule:
    """Return the making of a resource and its grant that is then spoilt."""

    def rule(world: ConnhexWorld, good: Rule, owner: str, device_id: str) -> Any:
        made = good(owner, device_id)
        spoil(world, made, world.policies[-1])
        return made

    return rule


def _neighbour(world: ConnhexWorld, user_id: str) -> str:
    users = list(world.users)
    return users[(users.index(user_id) + 1) % len(users)]


def _no_resource(world: ConnhexWorld, _: Resource, __: Policy) -> None:
    world.resources.pop()


def _no_grant(world: ConnhexWorld, _: Resource, __: Policy) -> None:
    world.policies.pop()


def _nothing(world: ConnhexWorld, _: Resource, __: Policy) -> None:
    world.resources.pop()
    world.policies.pop()


def _two(world: ConnhexWorld, made: Resource, _: Policy) -> None:
    world.resources.append(Resource(world.supply.uuid4("connhex/resource"), made.device, made.owner))


def _inactive(_: ConnhexWorld, made: Resource, __: Policy) -> None:
    made.state = "pending"


def _another_owners(world: ConnhexWorld, made: Resource, _: Policy) -> None:
    made.owner = _neighbour(world, made.owner)


def _another_devices(world: ConnhexWorld, made: Resource, _: Policy) -> None:
    made.device = next((device for device in world.devices if device != made.device), made.device)


def _to_another(world: ConnhexWorld, made: Resource, grant: Policy) -> None:
    grant.members[:] = [_neighbour(world, made.owner)]


def _to_all(world: ConnhexWorld, _: Resource, grant: Policy) -> None:
    grant.members[:] = list(world.users)


def _on_all(_: ConnhexWorld, __: Resource, grant: Policy) -> None:
    grant.statements[0].resources[:] = [f"{RESOURCE}:*"]


def _denied(_: ConnhexWorld, __: Resource, grant: Policy) -> None:
    grant.statements[0].effect = "DENY"


def _of_no_action(_: ConnhexWorld, __: Resource, grant: Policy) -> None:
    grant.statements[0].actions.clear()


def _in_place(world: ConnhexWorld, made: Resource, grant: Policy) -> None:
    for policy in world.policies:
        if policy is not grant and made.owner in policy.members:
            policy.members.remove(made.owner)


def _id_of_no_kind(_: ConnhexWorld, made: Resource, grant: Policy) -> None:
    made.id = made.id.replace("-", "")
    grant.statements[0].resources[:] = [made.entity]


def _id_repeated(world: ConnhexWorld, made: Resource, grant: Policy) -> None:
    made.id = world.resources[0].id
    grant.statements[0].resources[:] = [made.entity]


def _left_behind(world: ConnhexWorld, rule: Rule, who: Principal, device_id: Any) -> Any:
    try:
        return rule(who, device_id)
    except No:
        if isinstance(device_id, str) and device_id in world.devices:
            world.resources.append(Resource(world.supply.uuid4("connhex/resource"), device_id, who.user_id))
        raise


MADE = ("connhex-post.provisions-active-entity", "connhex-post.updates-policies")
_SPOILT: Mapping[str, Row] = {
    "nothing-made": ("A claim is answered as if it had succeeded, and makes nothing.", _nothing, (*MADE, "connhex-public.resource-for-caller")),
    "grant-without-resource": ("A claim makes the grant, and no resource.", _no_resource, MADE[:1]),
    "resource-without-grant": ("A claim makes the resource, and no grant.", _no_grant, MADE[1:]),
    "two-resources": ("One claim makes two resources.", _two, MADE[:1]),
    "resource-inactive": ("The resource of a claim waits to be activated.", _inactive, MADE[:1]),
    "resource-of-another-user": ("The resource of a claim is another user's.", _another_owners, ("connhex-public.resource-for-caller",)),
    "resource-of-another-device": ("The resource of a claim is another device's.", _another_devices, ("connhex-post.device-id", MADE[0])),
    "grant-to-another-user": ("The grant on the resource goes to another user.", _to_another, MADE[1:]),
    "grant-to-everyone": ("The grant on the resource goes to every user.", _to_all, MADE[1:]),
    "grant-on-everything": ("The grant is on every device's resource.", _on_all, MADE[1:]),
    "grant-that-denies": ("The policy that a claim makes denies what it is to allow.", _denied, MADE[1:]),
    "grant-of-no-action": ("The policy that a claim makes names no action.", _of_no_action, ("connhex-public.policy-shape",)),
    "policies-replaced": ("The grant takes the place of the policies that the user had.", _in_place, MADE[1:]),
    "resource-id-no-uuid": ("The id of a resource is 32 hexadecimal digits.", _id_of_no_kind, ("connhex-public.resource-id-uuid",)),
    "resource-id-repeated": ("Every resource has the first one's id.", _id_repeated, ("connhex-post.201",)),
}

MUTANTS: Mapping[str, Mutant] = {
    **{
        name: Mutant(says=says, operations=CLAIMS, clauses=breaks, rules={"_provision": _spoiling(spoil)})
        for name, (says, spoil, breaks) in _SPOILT.items()
    },
    "refused-claim-leaves-a-resource": Mutant(
        says="The resource is made before a claim is judged, and stays where that is refused.",
        operations=CLAIMS,
        clauses=("connhex-pick.partial-failure",),
        rules={"claim": _left_behind},
    ),
}
