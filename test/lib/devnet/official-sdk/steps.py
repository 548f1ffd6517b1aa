"""Drives a devnet with the official `bittensor` package, unmodified, and says of each step how it went.

usage: steps.py WS-URL. One JSON line a step on standard output: {"step", "ok", "detail"}. Steps build on each other;
a step that fails does not keep the later ones from being tried.
"""

import asyncio
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import bittensor as bt
import bittensor_core as core

NETUID = 3
# Rounds of drand's quicknet whose genuine pulses a devnet stores from the start: what is sealed to them opens at once.
KNOWN_ROUND = 1000
COMMITMENT = "0123456789abcdef0123456789abcdef:https://example.com/train.py"
# Longer than any step takes on blocks of a quarter of a second.
STEP_TIMEOUT_SECONDS = 60

Step = Callable[["World"], Awaitable[object]]
STEPS: list[tuple[str, Step]] = []


@dataclass(frozen=True)
class Keys:
    """A wallet as the package takes it: keys held in memory instead of files."""

    coldkey: Any
    hotkey: Any

    @property
    def coldkeypub(self) -> Any:
        return self.coldkey


@dataclass(frozen=True)
class World:
    client: Any
    alice: Keys
    validator: Keys
    miner: Keys


def key(uri: str) -> Any:
    return core.Keypair.create_from_uri(uri)


def step(name: str) -> Callable[[Step], Step]:
    def enter(run: Step) -> Step:
        STEPS.append((name, run))
        return run

    return enter


def expect(condition: object, words: str) -> None:
    if not condition:
        raise AssertionError(words)


async def accepted(outcome: Awaitable[Any]) -> Any:
    result = await outcome
    result.raise_for_failure()
    return result


# Reading.


@step("reads blocks: head, finalised head, contents")
async def reads_blocks(world: World) -> object:
    head = await world.client.block()
    finalized = await world.client.finalized_block()
    expect(0 <= finalized <= head, f"finalised {finalized}, head {head}")
    info = await world.client.block_info(max(1, head - 1))
    expect(info is not None and info.timestamp is not None, f"block {info}")
    return {"head": head, "finalized": finalized, "extrinsics": len(info.extrinsics)}


@step("follows new heads")
async def follows_heads(world: World) -> object:
    seen: list[int] = []
    async for header in world.client.blocks():
        seen.append(header.number)
        if len(seen) == 4:
            break
    expect(seen == list(range(seen[0], seen[0] + 4)), f"heads {seen}")
    return seen


@step("follows finalised heads")
async def follows_finalised_heads(world: World) -> object:
    seen: list[int] = []
    async for header in world.client.blocks(finalized=True):
        seen.append(header.number)
        if len(seen) == 3:
            break
    expect(seen == sorted(set(seen)), f"heads {seen}")
    return seen


@step("reads time and block time")
async def reads_time(world: World) -> object:
    seconds = await world.client.block_time()
    expect(seconds == 0.25 and await world.client.is_fast_blocks(), f"block time {seconds}")
    return str(await world.client.timestamp())


@step("reads balances, one and many")
async def reads_balances(world: World) -> object:
    alice = world.alice.coldkey.ss58_address
    nobody = key("//nobody at all").ss58_address
    one = await world.client.balances.get(alice)
    many = await world.client.balances.get_many([alice, nobody])
    expect(one.rao > 0 and many[alice].rao > 0 and many[nobody].rao == 0, f"{one} {many}")
    deposit = await world.client.balances.existential_deposit()
    expect(deposit.rao == 500, f"existential deposit {deposit}")
    return one.rao


@step("reads neurons, lite and full")
async def reads_neurons(world: World) -> object:
    lite = await world.client.neurons.all(NETUID)
    full = await world.client.neurons.all(NETUID, lite=False)
    expect([n.hotkey for n in lite] == [n.hotkey for n in full], "lite and full differ")
    uid = await world.client.neurons.uid(world.validator.hotkey.ss58_address, NETUID)
    owner = await world.client.neurons.hotkey_owner(world.validator.hotkey.ss58_address)
    expect(uid == 2 and owner == world.validator.coldkey.ss58_address, f"uid {uid}, owner {owner}")
    netuids = await world.client.neurons.netuids_for_hotkey(world.validator.hotkey.ss58_address)
    expect(netuids == [NETUID], f"netuids {netuids}")
    return len(lite)


@step("reads the metagraph")
async def reads_metagraph(world: World) -> object:
    metagraph = await world.client.subnets.metagraph(NETUID)
    expect(len(metagraph.neurons) >= 3, f"{len(metagraph.neurons)} neurons")
    expect(await world.client.subnets.metagraph(99) is None, "a subnet that is not there")
    return {"neurons": len(metagraph.neurons), "block": metagraph.block}


@step("reads subnets: one, all, names, hyperparameters, registration cost")
async def reads_subnets(world: World) -> object:
    one = await world.client.subnets.info(NETUID)
    every = await world.client.subnets.all()
    expect(NETUID in [subnet.netuid for subnet in every], f"{every}")
    hyperparameters = await world.client.read("subnet_hyperparameters", netuid=NETUID)
    expect(hyperparameters, "no hyperparameters")
    cost = await world.client.subnets.subnet_registration_cost()
    expect(cost.rao > 0, f"cost {cost}")
    return {"tempo": one.tempo, "hyperparameters": len(hyperparameters)}


@step("reads epochs")
async def reads_epochs(world: World) -> object:
    status = await world.client.epochs.epoch_status(NETUID)
    until = await world.client.epochs.blocks_until_next_epoch(NETUID)
    expect(status["tempo"] > 0 and until is not None and until <= status["tempo"], f"{status}, {until}")
    return status


@step("reads a block that is past")
async def reads_the_past(world: World) -> object:
    past = await world.client.at(1)
    balance = await past.balances.get(world.alice.coldkey.ss58_address)
    expect(balance.rao > 0, f"{balance}")
    return past.block


@step("reads prices and quotes of the pool")
async def reads_prices(world: World) -> object:
    price = await world.client.prices.alpha_price(NETUID)
    prices = await world.client.prices.alpha_prices()
    expect(price["price_rao"] > 0 and NETUID in prices, f"{price} {prices}")
    quote = await world.client.prices.quote_stake(NETUID, 0.05)
    expect(quote.alpha.rao > 0, f"{quote}")
    unstake = await world.client.prices.quote_unstake(NETUID, 0.05)
    expect(unstake.tao.rao > 0, f"{unstake}")
    return price


# Money.


@step("transfers")
async def transfers(world: World) -> object:
    to = world.miner.coldkey.ss58_address
    before = await world.client.balances.get(to)
    intent = bt.Transfer(dest_ss58=to, amount_tao=50)
    result = await accepted(world.client.execute(intent, world.alice))
    after = await world.client.balances.get(to)
    expect(after.rao - before.rao == 50_000_000_000, f"{before} to {after}")
    expect(result.fee is not None and result.fee.rao > 0, f"fee {result.fee}")
    return result.to_dict()


@step("is told when the balance does not suffice")
async def transfers_too_much(world: World) -> object:
    call = bt.calls.Balances.transfer_keep_alive(
        dest=world.alice.coldkey.ss58_address, value=10**18
    )
    result = await world.client.submit_call(call, world.miner)
    expect(not result.success, "it was taken")
    return result.to_dict().get("error", result.message)


@step("registers")
async def registers(world: World) -> object:
    hotkey = world.miner.hotkey.ss58_address
    call = bt.calls.SubtensorModule.burned_register(netuid=NETUID, hotkey=hotkey)
    result = await accepted(world.client.submit_call(call, world.miner))
    uid = await world.client.neurons.uid(hotkey, NETUID)
    expect(uid is not None, "no uid")
    names = [event.get("event_id") or event.get("event", {}).get("event_id") for event in result.events]
    return {"uid": uid, "events": names}


@step("is told by name when the hotkey is registered already")
async def registers_twice(world: World) -> object:
    hotkey = world.miner.hotkey.ss58_address
    call = bt.calls.SubtensorModule.burned_register(netuid=NETUID, hotkey=hotkey)
    result = await world.client.submit_call(call, world.miner)
    words = json.dumps(result.to_dict())
    expect(not result.success and "HotKeyAlreadyRegisteredInSubNet" in words, words)
    return result.message


@step("adds stake, reads it, transfers it, takes it back")
async def stakes(world: World) -> object:
    hotkey = world.validator.hotkey.ss58_address
    coldkey = world.miner.coldkey.ss58_address
    other = world.alice.coldkey.ss58_address
    intent = bt.AddStake(netuid=NETUID, hotkey_ss58=hotkey, amount_tao=0.1)
    await accepted(world.client.execute(intent, world.miner))
    staked = await world.client.staking.get(coldkey, hotkey, NETUID)
    expect(staked.rao > 0, f"stake {staked}")
    half = staked.rao // 2
    call = bt.calls.SubtensorModule.transfer_stake(
        destination_coldkey=other,
        hotkey=hotkey,
        origin_netuid=NETUID,
        destination_netuid=NETUID,
        alpha_amount=half,
    )
    await accepted(world.client.submit_call(call, world.miner))
    received = await world.client.staking.get(other, hotkey, NETUID)
    expect(received.rao == half, f"moved {half}, arrived {received.rao}")
    rest = staked.rao - half
    call = bt.calls.SubtensorModule.remove_stake(
        hotkey=hotkey, netuid=NETUID, amount_unstaked=rest
    )
    await accepted(world.client.submit_call(call, world.miner))
    left = await world.client.staking.get(coldkey, hotkey, NETUID)
    expect(left.rao == 0, f"left {left}")
    positions = await world.client.staking.positions(other)
    expect([p.netuid for p in positions] == [NETUID], f"{positions}")
    return {"staked": staked.rao, "moved": half}


@step("registers a subnet")
async def registers_subnet(world: World) -> object:
    result = await accepted(world.client.execute(bt.RegisterSubnet(), world.alice))
    netuid = result.data.get("netuid")
    expect(netuid, f"{result.data}")
    call = bt.calls.SubtensorModule.start_call(netuid=netuid)
    await accepted(world.client.submit_call(call, world.alice))
    return result.data


# Commitments.


def commitment(fields: list[object]) -> Any:
    return bt.calls.Commitments.set_commitment(netuid=NETUID, info={"fields": [fields]})


@step("makes a plain commitment and reads it")
async def commits_plainly(world: World) -> object:
    call = commitment([{f"Raw{len(COMMITMENT)}": COMMITMENT.encode()}])
    await accepted(world.client.submit_call(call, world.miner, signer="hotkey"))
    read = await world.client.read(
        "commitment", netuid=NETUID, hotkey_ss58=world.miner.hotkey.ss58_address
    )
    expect(COMMITMENT in str(read), f"{read}")
    listed = await world.client.subnets.commitments(NETUID)
    expect(listed[world.miner.hotkey.ss58_address].status == "plain", f"{listed}")
    return str(read)


@step("makes a commitment sealed to a coming round and reads it as sealed")
async def commits_sealed(world: World) -> object:
    sealed = bt.timelock.encrypt(b"later", reveal_in=3600)
    field = {"TimelockEncrypted": {"encrypted": sealed.encrypted, "reveal_round": sealed.reveal_round}}
    await accepted(world.client.submit_call(commitment([field]), world.miner, signer="hotkey"))
    listed = await world.client.subnets.commitments(NETUID)
    expect(listed[world.miner.hotkey.ss58_address].status == "sealed", f"{listed}")
    return sealed.reveal_round


@step("makes a reveal commitment and reads it revealed")
async def commits_revealed(world: World) -> object:
    # SCALE string, as the package's own set_reveal_commitment of earlier versions seals it.
    text = COMMITMENT.encode()
    plaintext = bytes([len(text) << 2]) + text
    envelope, _ = core.encrypt_at_round(plaintext, KNOWN_ROUND)
    field = {
        "TimelockEncrypted": {
            "encrypted": bytes(core.inner_ciphertext(envelope)),
            "reveal_round": KNOWN_ROUND,
        }
    }
    await accepted(world.client.submit_call(commitment([field]), world.miner, signer="hotkey"))
    # It opens at the start of the block after.
    await world.client.wait_for_block(await world.client.block() + 2)
    hotkey = world.miner.hotkey.ss58_address
    read = await world.client.read("revealed_commitment", netuid=NETUID, hotkey_ss58=hotkey)
    # This read gives the bytes as they are; they begin with the length, which is no UTF-8.
    expect(COMMITMENT.encode().hex() in str(read), f"{read}")
    listed = await world.client.subnets.commitments(NETUID)
    expect(COMMITMENT in str(listed[hotkey]), f"{listed[hotkey]}")
    expect(listed[hotkey].status == "revealed", f"{listed[hotkey]}")
    return str(read)


@step("is told by name when a stranger commits")
async def commits_as_stranger(world: World) -> object:
    call = commitment([{"Raw1": b"a"}])
    result = await world.client.submit_call(call, key("//stranger"), signer="hotkey")
    words = json.dumps(result.to_dict())
    expect(not result.success and "HotKeyNotRegisteredInSubNet" in words, words)
    return result.message


# Weights.


async def set_weights(world: World, weights: dict[int, float]) -> Any:
    return await accepted(
        world.client.execute(bt.SetWeights(netuid=NETUID, weights=weights), world.validator)
    )


async def may_set_weights(world: World) -> None:
    """Waits until the rate limit lets the validator go on."""
    limit = await world.client.hyperparameters.weights_rate_limit(NETUID)
    since = await world.client.epochs.blocks_since_last_update(NETUID, 2)
    await world.client.wait_for_block(await world.client.block() + max(0, limit - since) + 1)


@step("sets open weights and reads them")
async def sets_open_weights(world: World) -> object:
    uid = await world.client.neurons.uid(world.miner.hotkey.ss58_address, NETUID)
    await may_set_weights(world)
    await set_weights(world, {1: 1.0, uid: 3.0})
    read = await world.client.weights.weights(NETUID)
    expect(set(read[2]) == {1, uid}, f"{read}")
    return {str(k): v for k, v in read[2].items()}


@step("is refused weights in haste, by the package itself")
async def sets_weights_in_haste(world: World) -> object:
    try:
        await set_weights(world, {1: 1.0})
    except bt.ChainError as error:
        expect(error.code == bt.ErrorCode.RATE_LIMITED, f"{error.code}")
        return str(error)
    raise AssertionError("it was taken")


@step("is refused weights in haste, by the pool")
async def sets_weights_in_haste_raw(world: World) -> object:
    call = bt.calls.SubtensorModule.set_weights(netuid=NETUID, dests=[1], weights=[1], version_key=0)
    result = await world.client.submit_call(call, world.validator, signer="hotkey")
    expect(not result.success, "it was taken")
    words = json.dumps(result.to_dict())
    expect("rate" in words.lower(), words)
    return result.message


@step("sees incentive follow the weights at the next epoch")
async def sees_incentive(world: World) -> object:
    uid = await world.client.neurons.uid(world.miner.hotkey.ss58_address, NETUID)
    event = await world.client.wait_for_epoch(NETUID, timeout=STEP_TIMEOUT_SECONDS - 5)
    metagraph = await world.client.subnets.metagraph(NETUID)
    incentive = {n.uid: n.incentive for n in metagraph.neurons}
    expect(incentive[uid] > incentive[1] > 0, f"{incentive}")
    expect(metagraph.neurons[uid].emission, "no emission")
    return {"epoch at": event.block, "incentive": {str(k): v for k, v in incentive.items()}}


@step("turns commit-reveal on through Sudo")
async def turns_commit_reveal_on(world: World) -> object:
    inner = await world.client.compose(
        bt.calls.AdminUtils.sudo_set_commit_reveal_weights_enabled(netuid=NETUID, enabled=True)
    )
    await accepted(world.client.submit_call(bt.calls.Sudo.sudo(call=inner), world.alice))
    expect(await world.client.subnets.commit_reveal_enabled(NETUID), "still off")
    return None


@step("sets weights as a timelocked commit and reads it waiting")
async def commits_weights(world: World) -> object:
    await may_set_weights(world)
    result = await set_weights(world, {1: 1.0})
    reveal_round = result.data.get("reveal_round")
    waiting = await world.client.weights.timelocked_weight_commits(NETUID)
    expect(str(reveal_round) in json.dumps(waiting, default=str), f"round {reveal_round} not in {waiting}")
    return reveal_round


async def run(name: str, work: Step, world: World) -> bool:
    try:
        detail = await asyncio.wait_for(work(world), STEP_TIMEOUT_SECONDS)
        ok = True
    except Exception as error:  # Whatever it is, it is this step's outcome.
        detail = f"{type(error).__name__}: {error}"
        traceback.print_exc(file=sys.stderr)
        ok = False
    print(json.dumps({"step": name, "ok": ok, "detail": detail}, default=str), flush=True)
    return ok


async def main(url: str) -> int:
    alice = Keys(key("//Alice"), key("//Alice//subnet"))
    validator = Keys(key("//Bob"), key("//Bob//validator"))
    miner = Keys(key("//SDK//cold"), key("//SDK//hot"))
    async with bt.Client(url) as client:
        world = World(client, alice, validator, miner)
        outcomes = [await run(name, work, world) for name, work in STEPS]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
