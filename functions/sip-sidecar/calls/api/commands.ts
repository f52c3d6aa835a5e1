import { callRow } from '#dynamodb/rows/call.ts';
import { isLive } from '#telephony/call.ts';
import {
  callCommands,
  type CallActionCommand,
  type CallActionOutcome,
  type EndCallCommand,
  type EndCallOutcome,
} from '#sidecar/call-command.ts';
import type { CommandHandlers } from '#sidecar/command.ts';
import { causeNamed } from '../call/causes.ts';
import type { CallContext } from '../running/context.ts';
import { acceptCall } from '../moving/accept.ts';
import type { Calls } from '../running/calls.ts';
import type { RunningCall } from '../running/running-call.ts';
import type { Parking } from '../transfers/parking.ts';
import type { RingingCalls } from '../transfers/ringing-calls.ts';
import type { Transfers } from '../transfers/transfers.ts';
import { actOnCall } from './actions.ts';
import { placeCall } from './place-call.ts';
import type { NewParties } from '../transfers/new-parties.ts';

type Others = {
  readonly newParties: NewParties;
  readonly transfers: Transfers;
  readonly ringing: RingingCalls;
  readonly parking: Parking;
};

/** How a task carries out the commands of calls; a task that does not carry the call forwards them once. */
export const callCommandHandlers = (
  context: CallContext,
  calls: Calls,
  { newParties, transfers, ringing, parking }: Others,
): Pick<CommandHandlers, keyof typeof callCommands> => ({
  'place-call': (command) => placeCall(context, calls, command),
  'end-call': (command) => endCall(context, carriedCall(calls, command), command),
  'call-action': (command) => act(context, { newParties, transfers, parking }, carriedCall(calls, command), command),
  'take-call': (command) => acceptCall(context, calls, command),
  'find-call': async (command) => {
    const { wanted, organization } = command;
    const has = 'slot' in wanted ? parking.has(organization, wanted.slot) : await ringing.has(command);
    return { kind: 'found', has };
  },
});

/** Undefined: this task does not carry the call, or it is another organization's. */
function carriedCall(calls: Calls, { call: id, organization }: EndCallCommand | CallActionCommand) {
  const call = calls.get(id);
  return call?.record.org_id === organization ? call : undefined;
}

async function endCall(
  context: CallContext,
  call: RunningCall | undefined,
  command: EndCallCommand,
): Promise<EndCallOutcome> {
  if (call === undefined) return callCommands['end-call'].outcome.parse(await forward(context, command));
  call.end(causeNamed(command.cause), command.by);
  return { kind: 'accepted' };
}

async function act(
  context: CallContext,
  ofParties: Pick<Others, 'newParties' | 'transfers' | 'parking'>,
  call: RunningCall | undefined,
  command: CallActionCommand,
): Promise<CallActionOutcome> {
  return call === undefined
    ? callCommands['call-action'].outcome.parse(await forward(context, command))
    : actOnCall(context, ofParties, call, command);
}

/** A call that this task does not carry: it has ended, or its task is asked. */
async function forward(
  { context, membership, ask }: CallContext,
  command: EndCallCommand | CallActionCommand,
): Promise<unknown> {
  const stored = await context.tableOf(command.organization).get(callRow, { id: command.call });
  if (stored === undefined) return { kind: 'not_found' };
  if (!isLive(stored)) return { kind: command.kind === 'end-call' ? 'accepted' : 'invalid_state' };
  const owner = membership.others.find(({ id }) => id === stored.task);
  if (owner === undefined || command.forwarded === true) return { kind: 'unreachable' };
  return ask(owner, { ...command, forwarded: true }).catch(() => ({ kind: 'unreachable' }));
}
