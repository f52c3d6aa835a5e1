import { dialedIn } from '../routing/dialed.ts';
import { callCommands, type FindCallCommand } from '#sidecar/call-command.ts';
import type { Replaces, Session } from '#sip/session/session.ts';
import { sipUri } from '#sip/uri.ts';
import { ringingHunt } from '../call/call.ts';
import { openLegs } from '../call/hunt.ts';
import type { LegParty } from '../call/record.ts';
import type { Uses } from '../running/context.ts';
import type { Target } from '../routing/target.ts';
import type { AdmittedCall, Calls } from '../running/calls.ts';
import type { RunningCall } from '../running/running-call.ts';
import { extensionsOf, mayReplace, usernameOf, type Taker } from './pickup.ts';
import { featureOf } from '#telephony/feature-codes.ts';

type RingingContext = Uses<{
  context: 'nextId';
  membership: 'others';
  directory: 'device' | 'user';
  rightOf: true;
  sessions: 'accept' | 'replaced';
  ask: true;
  give: true;
  fault: true;
}>;

type Wanted = FindCallCommand['wanted'];

/** Whose ringing call a phone wants: that of an extension; null: one of its own phones or of its groups. */
type WantedRinging = { readonly extension: string | null };

/** What a caller asks for by a code for a pick-up. Undefined: it is another code, or none. */
function wantedByCode({ caller: { began_by: began, organization }, request }: AdmittedCall): WantedRinging | undefined {
  if (began !== 'phone') return undefined;
  const { settings, country } = organization;
  const asked = featureOf(dialedIn(request.uri), settings.feature_codes ?? {}, country);
  if (asked?.name === 'pick_up_group') return { extension: null };
  // What is no extension is none that may be watched.
  return asked?.name === 'pick_up' ? { extension: asked.argument ?? '' } : undefined;
}

/** Seconds that other tasks have to say whether they have a call. */
const askTime = 2;

const none = { status: 404, reason: 'No Call To Pick Up' } as const;
const denied = { status: 403 } as const;

/**
 * Calls that ring, which a phone takes in place of those that they ring at: by a code, or by INVITE with Replaces of an
 * early dialog (RFC 3891 §3). The phone rings at none: its INVITE becomes one more leg of the call (`pick up`), and the
 * first leg that answers has it. A call of another task gets the INVITE as it came.
 */
export class RingingCalls {
  readonly #context: RingingContext;
  readonly #calls: Pick<Calls, 'all'>;

  constructor(context: RingingContext, calls: Pick<Calls, 'all'>) {
    this.#context = context;
    this.#calls = calls;
  }

  /** An INVITE of a phone that dials a code for a pick-up. Undefined: it does not. */
  onCode(admitted: AdmittedCall): Promise<void> | undefined {
    const wanted = wantedByCode(admitted);
    return wanted && this.#pickUp(admitted, wanted);
  }

  /** An INVITE with Replaces. @returns whether it names a dialog that rings */
  async pickUpDialog(admitted: AdmittedCall, { callId, toTag, fromTag }: Replaces): Promise<boolean> {
    const { caller, transaction } = admitted;
    if (caller.began_by !== 'phone') return false;
    const wanted = { dialog: { callId, toTag, fromTag } };
    const found = this.#ofDialog(caller.organization.org_id, wanted);
    if (found === undefined) {
      const isKnown = 'callId' in this.#context.sessions.replaced({ ...wanted.dialog, earlyOnly: false });
      return !isKnown && (await this.isGiven(admitted, wanted));
    }
    const taker = takerOf(admitted);
    const mayTake = await mayReplace(this.#context, taker, found.party);
    if (!mayTake) transaction.respond(denied);
    else if (this.take(admitted, found.call) === undefined) transaction.respond({ status: 481 });
    return true;
  }

  /** Whether this task has a call that another one looks for. */
  async has({ organization, taker, wanted }: FindCallCommand): Promise<boolean> {
    if ('slot' in wanted) return false;
    if ('extension' in wanted) return (await this.#find({ ...taker, organization }, wanted)) !== undefined;
    const session = this.#context.sessions.replaced({ ...wanted.dialog, earlyOnly: false });
    return !('status' in session) && [...this.#calls.all()].some((call) => isOf(call, organization, session));
  }

  async #pickUp(admitted: AdmittedCall, wanted: WantedRinging): Promise<void> {
    const { transaction } = admitted;
    const taker = takerOf(admitted);
    if (wanted.extension !== null && !(await this.#mayPickUp(taker, wanted.extension))) {
      transaction.respond(denied);
      return;
    }
    for (;;) {
      const call = await this.#find(taker, wanted);
      // A caller that has cancelled in between got its response.
      if (transaction.state !== 'proceeding') return;
      if (call === undefined) break;
      if (this.take(admitted, call) !== undefined) return;
    }
    if (!(await this.isGiven(admitted, wanted))) transaction.respond(none);
  }

  async #mayPickUp(taker: Taker, extension: string): Promise<boolean> {
    const { organization } = taker;
    const username = await usernameOf(this.#context.directory, taker);
    return username !== undefined && (await this.#context.rightOf({ organization, username, extension })) !== undefined;
  }

  /** The call that rings longest of those that a phone may take. */
  async #find(taker: Taker, wanted: WantedRinging): Promise<RunningCall | undefined> {
    const { directory, rightOf } = this.#context;
    const { organization } = taker;
    const username = await usernameOf(directory, taker);
    if (username === undefined) return undefined;
    for (const { call, party } of this.#ringing(organization)) {
      if (isTakerOf(call, taker)) continue;
      const extensions = await extensionsOf(directory, organization, party);
      if (wanted.extension !== null && !extensions.includes(wanted.extension)) continue;
      const rights = await Promise.all(extensions.map((extension) => rightOf({ organization, username, extension })));
      const isFound = rights.some((right) => right !== undefined && (right.isNear || wanted.extension !== null));
      if (isFound && rings(call)) return call;
    }
    return undefined;
  }

  /** The phones that ring, those first whose calls came first. */
  #ringing(organization: number): readonly { readonly call: RunningCall; readonly party: LegParty }[] {
    return [...this.#calls.all()]
      .filter(({ record }) => record.org_id === organization)
      .flatMap((call) => targetsOf(call).map(({ party }) => ({ call, party })));
  }

  #ofDialog(organization: number, { dialog }: Extract<Wanted, { readonly dialog: object }>) {
    const session = this.#context.sessions.replaced({ ...dialog, earlyOnly: false });
    if ('status' in session) return undefined;
    for (const call of this.#calls.all()) {
      const party = call.record.org_id === organization ? call.legs.ringingParty(session) : undefined;
      if (party !== undefined) return { call, party };
    }
    return undefined;
  }

  /**
   * The INVITE of a phone becomes a leg of a call that rings.
   * @returns the leg; undefined: the call does not ring any more
   */
  take({ request, transaction, caller, sender, contact, domain }: AdmittedCall, call: RunningCall): string | undefined {
    const { sessions } = this.#context;
    const target: Target = {
      party: caller.leg,
      uri: sipUri({ user: caller.leg.target, host: domain }),
      to: {
        kind: 'arrived',
        flow: transaction.flow.flow,
        accept: (listener) =>
          transaction.state === 'proceeding'
            ? sessions.accept({ request, transaction, sender, contact }, listener)
            : undefined,
        reject: (status) => void transaction.respond({ status }),
      },
      trust: 'phone',
      callerNumber: null,
      channels: caller.channels,
      limits: {},
    };
    return call.pickUp(target) ? legsOf(call).find((leg) => leg.target === target)?.id : undefined;
  }

  /** Gives the INVITE to the task that has a call for it. An INVITE is given once. */
  async isGiven({ request, transaction, ...admitted }: AdmittedCall, wanted: Wanted): Promise<boolean> {
    const { membership, give } = this.#context;
    const { flow } = transaction.flow;
    if (flow.task !== undefined) return false;
    const taker = takerOf(admitted);
    const having = await Promise.all(membership.others.map((task) => this.#asks(task, taker, wanted)));
    const task = membership.others.find((_, at) => having[at]);
    if (transaction.state !== 'proceeding' || task === undefined || !(await give(task.id, request, flow))) return false;
    transaction.abandon();
    return true;
  }

  async #asks(
    task: RingingContext['membership']['others'][number],
    { organization, device_id, line, user_id }: Taker,
    wanted: Wanted,
  ): Promise<boolean> {
    const { context, ask, fault } = this.#context;
    const id = context.nextId('cmd');
    const taker = { device_id, line, user_id };
    const command = { kind: 'find-call', id, organization, taker, wanted, timeout_seconds: askTime } as const;
    try {
      const outcome = callCommands['find-call'].outcome.parse(await ask(task, command));
      return outcome.kind === 'found' && outcome.has;
    } catch (error) {
      fault(error);
      return false;
    }
  }
}

const takerOf = ({ caller }: Pick<AdmittedCall, 'caller'>): Taker => ({
  ...caller.leg,
  organization: caller.organization.org_id,
});

const legsOf = (call: RunningCall) => {
  const hunt = ringingHunt(call.state);
  return hunt === undefined ? [] : openLegs(hunt);
};

/** The phones at which a call rings. */
const targetsOf = (call: RunningCall): readonly Target[] =>
  legsOf(call)
    .map(({ target }) => target)
    .filter(({ to }) => to.kind === 'phone');

const rings = (call: RunningCall): boolean => targetsOf(call).length > 0;

const isOf = (call: RunningCall, organization: number, session: Session): boolean =>
  call.record.org_id === organization &&
  (call.legs.ringingParty(session) !== undefined || call.legs.legOf(session) !== undefined);

/** A phone does not take the call that it makes. */
const isTakerOf = ({ record }: RunningCall, { device_id: device, line }: Taker): boolean =>
  record.legs.some(
    (leg) =>
      leg.role === 'source' &&
      leg.status !== 'hangup' &&
      ((device !== null && leg.device_id === device) || (line !== null && leg.line === line)),
  );
