import { callRow } from '#dynamodb/rows/call.ts';
import type { AskTask } from '#sidecar/client.ts';
import {
  callCommands,
  type CallActionCommand,
  type CallActionOutcome,
  type EndCallCommand,
  type EndCallOutcome,
} from '#sidecar/call-command.ts';
import type { CommandHandlers } from '#sidecar/command.ts';
import { isLive } from '#schema/call.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import { actOnCall } from './actions.ts';
import { takeCall, type AdoptionDependencies } from './adoption.ts';
import { causeNamed } from './causes.ts';
import type { Transfers } from './transfers.ts';
import { placeCall, type PlacingDependencies } from './place-call.ts';

/** The dependencies of the commands of calls. */
export type CallCommandDependencies = PlacingDependencies &
  AdoptionDependencies & {
    readonly context: SidecarContext;
    readonly membership: Pick<Membership, 'id' | 'isReady' | 'others'>;
    readonly ask: AskTask;
    readonly transfers: Pick<Transfers, 'transfer'>;
  };

/** How a task carries out the commands of calls; a task that does not carry the call forwards them once. */
export const callCommandHandlers = (
  dependencies: CallCommandDependencies,
): Pick<CommandHandlers, keyof typeof callCommands> => ({
  'place-call': (command) => placeCall(dependencies, command),
  'end-call': (command) => endCall(dependencies, command),
  'call-action': (command) => act(dependencies, command),
  'take-call': (command) => takeCall(dependencies, command),
});

async function endCall(dependencies: CallCommandDependencies, command: EndCallCommand): Promise<EndCallOutcome> {
  const call = dependencies.calls.get(command.call);
  if (call?.record.org_id === command.organization) {
    call.end(causeNamed(command.cause), command.by);
    return { kind: 'accepted' };
  }
  return callCommands['end-call'].outcome.parse(await elsewhere(dependencies, command));
}

async function act(dependencies: CallCommandDependencies, command: CallActionCommand): Promise<CallActionOutcome> {
  const call = dependencies.calls.get(command.call);
  if (call?.record.org_id === command.organization) return actOnCall(dependencies, call, command);
  const outcome = await elsewhere(dependencies, command);
  return callCommands['call-action'].outcome.parse(outcome);
}

/** A call that this task does not carry: it has ended, or its task is asked. */
async function elsewhere(
  { context, membership, ask }: CallCommandDependencies,
  command: EndCallCommand | CallActionCommand,
): Promise<unknown> {
  const stored = await context.tableOf(command.organization).get(callRow, { id: command.call });
  if (stored === undefined) return { kind: 'not_found' };
  if (!isLive(stored)) return { kind: command.kind === 'end-call' ? 'accepted' : 'invalid_state' };
  const owner = membership.others.find(({ id }) => id === stored.task);
  if (owner === undefined || command.forwarded === true) return { kind: 'unreachable' };
  return ask(owner, { ...command, forwarded: true }).catch(() => ({ kind: 'unreachable' }));
}
