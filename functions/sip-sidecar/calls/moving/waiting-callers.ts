import { callRow, callsOfTask } from '#dynamodb/rows/call.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { isLive, type Call } from '#telephony/call.ts';
import { second } from '#schema/time.ts';
import type { SipRequest } from '#sip/message.ts';
import { inviteOfHead } from '#sip/session/stored-invite.ts';
import { serverKey } from '#sip/transaction/matching.ts';
import { isSameAddress, type Flow } from '../../transport/flow.ts';
import type { Uses } from '../running/context.ts';
import { readAnySender } from '../legs/stored-sender.ts';
import { readDialogs, ringingIn } from '../records/dialogs.ts';

/** A caller without a final response, as its task has stored it. */
type WaitingCaller = { readonly call: Call; readonly invite: SipRequest; readonly address: string };

/** Milliseconds for which the callers of a task are known: anyone may send a CANCEL. */
const ttl = second;

/** The callers that wait at tasks which have just died. */
export class WaitingCallers {
  readonly #context: Uses<{ context: 'tableOf' | 'clock' }>;
  readonly #known = new Map<string, { readonly at: number; readonly callers: Promise<readonly WaitingCaller[]> }>();

  constructor(context: Uses<{ context: 'tableOf' | 'clock' }>) {
    this.#context = context;
  }

  /**
   * The call that a CANCEL is of: it comes from the address of its INVITE, with its branch (RFC 3261 §9.2).
   * @param tasks at which it may be
   */
  async cancelled(cancel: SipRequest, flow: Flow, tasks: readonly string[]): Promise<Call | undefined> {
    const wanted = serverKey(cancel, 'INVITE');
    return this.#find(flow, tasks, (invite) => serverKey(invite) === wanted);
  }

  /**
   * The call whose INVITE its caller sends again, from the same address. It has another branch if it was challenged.
   * @param tasks at which it may be
   */
  async repeated({ callId, fromTag }: SipRequest, flow: Flow, tasks: readonly string[]): Promise<Call | undefined> {
    return this.#find(flow, tasks, (invite) => invite.callId === callId && invite.fromTag === fromTag);
  }

  async #find(
    { remote }: Flow,
    tasks: readonly string[],
    isWanted: (invite: SipRequest) => boolean,
  ): Promise<Call | undefined> {
    const callers = (await Promise.all(tasks.map((task) => this.#callersAt(task)))).flat();
    return callers.find(({ invite, address }) => isSameAddress(address, remote.address) && isWanted(invite))?.call;
  }

  #callersAt(task: string): Promise<readonly WaitingCaller[]> {
    const now = this.#context.context.clock().getTime();
    for (const [id, { at }] of this.#known) if (now - at >= ttl) this.#known.delete(id);
    const known = this.#known.get(task) ?? { at: now, callers: this.#readCallers(task) };
    this.#known.set(task, known);
    return known.callers;
  }

  async #readCallers(task: string): Promise<readonly WaitingCaller[]> {
    const { context } = this.#context;
    const calls = await readToEnd((after) => context.tableOf(0).queryIndex(callRow, 'GSI2', callsOfTask(task), after));
    const waiting = calls.filter((call) => isLive(call) && call.timestamps.answered === undefined);
    const callers = waiting.map(async (call) => {
      const dialogs = await readDialogs(context, call);
      return dialogs.flatMap((dialog) =>
        ringingIn(dialog).flatMap(({ isCaller, head = '', path }) => {
          const [invite, sender] = [inviteOfHead(head), readAnySender(path, task)];
          return isCaller || invite === undefined || sender?.kind !== 'flow'
            ? []
            : [{ call, invite, address: sender.flow.remote.address }];
        }),
      );
    });
    return (await Promise.all(callers)).flat();
  }
}
