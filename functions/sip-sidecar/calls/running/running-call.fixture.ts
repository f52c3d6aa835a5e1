import { PlainTargets } from '../legs/plain-targets.ts';
import { AppError } from '#errors.ts';
import type { Channel } from '#telephony/call.ts';
import type { IncomingSession, SessionListener, StoredSession } from '#sip/session/session.ts';
import { sipUri, type Uri } from '#sip/uri.ts';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { CallMedia } from '../../media/call-media.ts';
import { directMedia } from '../../media/media-service.ts';
import { newCall } from '../call/call.ts';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';
import { newLeg, newRecord, type CallFacts, type LegParty } from '../call/record.ts';
import type { CallState } from '../call/state.ts';
import { CallWriter } from '../records/writer.ts';
import type { Redirection } from '../routing/redirect.ts';
import type { Target } from '../routing/target.ts';
import { RunningCall } from './running-call.ts';

/** Running calls whose sessions, store and clock are of the test. */

const at = new Date('2026-11-22T10:00:00.000Z');

const flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '192.0.2.2', port: 5_060 },
} as const;

const deviceChannel = (id: string, direction: Channel['direction']): Channel => ({ kind: 'device', id, direction });

/** A phone that rings for an extension. */
export const phoneTarget = (extension: string): Target => ({
  party: phoneParty(extension),
  uri: sipUri({ user: extension, host: '192.0.2.1' }),
  to: { kind: 'phone', flow },
  trust: 'phone',
  callerNumber: null,
  channels: [deviceChannel(`dev_${extension}`, 'inbound')],
  limits: {},
});

/** A session whose peer answers every offer, and what it was asked for. */
function fakeSession(name: string) {
  const log: string[] = [];
  const session: IncomingSession = {
    callId: name,
    offered: `offer-${name}`,
    progress: (status, sdp) => void log.push(`progress ${status}${sdp === undefined ? '' : ` ${sdp}`}`),
    answer: (sdp) => void log.push(`answer ${sdp}`),
    reject: (status) => void log.push(`reject ${status}`),
    end: () => void log.push('end'),
    offer: async (sdp) => {
      log.push(`offer ${sdp ?? 'none'}`);
      return { sdp: `sdp-${name}` };
    },
    acknowledge: (sdp) => void log.push(`acknowledge ${sdp}`),
    info: async () => 200,
    refer: async () => 202,
    isIdle: true,
    isOffered: false,
    route: undefined,
    gone: Promise.resolve(),
    handOver: () => void log.push('handed over'),
    refreshTarget: () => void log.push('refreshed'),
    described: `sdp-${name}`,
    stored: () => ({ callId: name }) as Partial<StoredSession> as StoredSession,
  };
  return { session, log };
}

type Options = {
  /** Whether no number has a channel left. */
  readonly isFull?: boolean;
  readonly facts?: Partial<CallFacts>;
  /** Who calls; default: a phone. */
  readonly source?: LegParty;
  /** Who is called; default: a phone. */
  readonly party?: LegParty;
  /** What is called in place of a phone, and the party of that which rings first. */
  readonly called?: { readonly target: Target; readonly rings: string };
  /** Called when it rings, before the answer. */
  readonly onRinging?: () => void;
  /** Default: without a relay. */
  readonly media?: CallMedia;
  /** Writes the call. Default: at once. */
  readonly commit?: () => Promise<unknown>;
  /** Default: the caller has authenticated. */
  readonly onUnacknowledged?: () => void;
  /** Default: no redirection is followed. */
  readonly redirect?: (from: Target, contacts: readonly Uri[]) => Redirection | undefined;
  /** Default: it stands still. */
  readonly now?: () => Date;
  /** Whether faults are expected. Default: they fail the test. */
  readonly isFaulty?: boolean;
};

/** A call of a phone with an extension to another one, which has been stored. @param state default: it begins */
export async function runningCall(
  caller: string,
  callee: string,
  {
    isFull = false,
    facts = {},
    source = phoneParty(caller),
    party = phoneParty(callee),
    media = directMedia(),
    commit = async () => undefined,
    redirect = () => undefined,
    now = () => at,
    isFaulty = false,
  }: Options = {},
  state: CallState<Target> = newCall(true, 'offer'),
) {
  const sessions = new Map([[caller, fakeSession(caller)]]);
  const listeners = new Map<string, SessionListener>();
  const released: string[] = [];
  const legs = [newLeg('source', source, at), newLeg('destination', party, at)];
  const writer = new CallWriter(
    {
      commit: async ({ channels }) => {
        if (isFull && channels.some(({ kind }) => kind === 'number'))
          throw new AppError('CALL_LIMIT', 'The number is full');
        await commit();
      },
      eventOf: () => [],
      onLost: () => undefined,
      fault: (error) => {
        throw error;
      },
    },
    newRecord({ ...callFacts(facts), legs }, at),
  );
  const call = new RunningCall({
    invitations: {
      invite: async ({ party: { target } }, _facts, listener) => {
        const made = fakeSession(target);
        sessions.set(target, made);
        listeners.set(target, listener);
        listener.onSent?.();
        return made.session;
      },
      redirect: async (_call, from, contacts) => redirect(from, contacts),
    },
    applications: {
      dial: async () => 'unreachable',
      park: async () => false,
      goOn: () => undefined,
      nextFile: () => 'file_1',
    },
    charges: {
      renew: async () => null,
      onLeft: () => undefined,
      release: (reservation) => void released.push(reservation),
      releaseSides: async () => undefined,
    },
    replacement: async () => undefined,
    onRefer: () => undefined,
    onOver: () => undefined,
    plainTargets: new PlainTargets(),
    fault: (error) => {
      if (!isFaulty) throw error;
    },
    now,
    organization: organizationOf(1_001),
    writer,
    media,
    state,
    ringTime: 60_000,
    received: undefined,
    maxForwards: undefined,
  });
  await writer.create({});
  return { call, listeners, sessions, released };
}

/** Such a call, which rings. @param state as that of `runningCall` */
export async function ringingCall(caller: string, callee: string, options: Options = {}, state?: CallState<Target>) {
  const made = await runningCall(caller, callee, options, state);
  const { call, listeners, sessions } = made;
  const { party = phoneParty(callee), called } = options;
  call.parties.channels.set('source', [deviceChannel(`dev_${caller}`, 'outbound')]);
  call.attach(sessions.get(caller)!.session, flow, options.onUnacknowledged);
  call.dispatch({
    type: 'routed',
    attempts: [[called?.target ?? { ...phoneTarget(callee), party }]],
    limit: { seconds: null, isReserved: false },
  });
  const isInvited = (extension: string) => eventually(() => listeners.has(extension));
  await isInvited(called?.rings ?? callee);
  return { ...made, isInvited, log: (extension: string) => sessions.get(extension)!.log };
}

/** Such a call, which is answered. */
export async function answeredCall(caller: string, callee: string, options: Options = {}) {
  const { call, listeners, sessions, isInvited, log } = await ringingCall(caller, callee, options);
  options.onRinging?.();
  listeners.get(options.called?.rings ?? callee)!.onAnswer({ sdp: `sdp-${callee}` });
  await call.writer.settled();
  return { call, listeners, isInvited, log, sessions };
}

export type AnsweredCall = Awaited<ReturnType<typeof answeredCall>>;
