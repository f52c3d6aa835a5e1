import JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession.js';
import { leftOf, type LeftCall } from './left-calls.ts';
import { LineSocket } from './line-socket.ts';
import { Recovery } from './recovery.ts';
import { keepRegistered } from './registration.ts';
import { actionsOn, audioOnly, follow, type CallActions, type Sessions } from './sessions.ts';
import { maxCalls, type Call } from './state.ts';

/** Credentials of a phone line, and where it registers. */
export type LineAccount = {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  readonly websocket_url: string;
};

/** A registered phone line with its calls: SIP over WebSocket, audio over WebRTC. */
export type Line = CallActions & {
  /** @param consultsFor the call whose party may be transferred to this one */
  readonly call: (number: string, consultsFor?: string) => void;
  /** Those of the calls that another page can take up. */
  readonly left: (calls: readonly Call[]) => readonly LeftCall[];
  readonly close: () => void;
};

type Agent = InstanceType<typeof JsSIP.UA>;

/** Seconds between two attempts to connect. */
const recovery = { connection_recovery_min_interval: 1, connection_recovery_max_interval: 10 } as const;

const newAgent = ({ username, password, domain }: LineAccount, socket: LineSocket, register: boolean): Agent =>
  new JsSIP.UA({ sockets: [socket], uri: `sip:${username}@${domain}`, password, register, ...recovery });

/** JsSIP types a name as a text, which it is only if there is one. */
type Identity = { readonly display_name?: string | null; readonly uri: { readonly user: string } };

const partyOf = ({ display_name: name, uri }: Identity) => ({ name: name ?? '', number: uri.user });

function take(sessions: Sessions, session: RTCSession): void {
  // RFC 3261 §21.4.24
  if (sessions.byId.size >= maxCalls) session.terminate({ status_code: 486 });
  else {
    follow(sessions, session);
    sessions.dispatch({ kind: 'call', id: session.id, isIncoming: true, ...partyOf(session.remote_identity) });
  }
}

/**
 * Takes up a call of the page before. Its parties see the phone of the page before, until this one takes its place.
 * @returns when it is taken up, or over
 */
const takeUp = (sessions: Sessions, agent: Agent, left: LeftCall): Promise<void> =>
  new Promise((resolve) => {
    const { name, number, replaces } = left;
    const session = agent.call(`sip:${encodeURIComponent(number)}@${sessions.domain}`, {
      ...audioOnly,
      extraHeaders: [`Replaces: ${replaces}`],
    });
    follow(sessions, session, left);
    sessions.dispatch({ kind: 'call', id: session.id, isIncoming: false, name, number });
    sessions.dispatch({ kind: 'reconnecting', id: session.id, isReconnecting: true });
    for (const event of ['confirmed', 'failed', 'ended'] as const) session.on(event, () => resolve());
  });

type Opening = {
  readonly dispatch: Sessions['dispatch'];
  /** The element that plays a call. */
  readonly playIn: Sessions['playIn'];
  /** Calls of the page before. */
  readonly left: readonly LeftCall[];
};

/** Registers a line. It takes up calls first: the platform ends those whose phone registers and knows them no more. */
export function openLine(account: LineAccount, { dispatch, playIn, left }: Opening): Line {
  const { domain } = account;
  let isOpen = true;
  /** JsSIP reports that its connection is lost 2 s after the line was closed, when the phone may have the next one. */
  const report: Sessions['dispatch'] = (action) => {
    if (isOpen) dispatch(action);
  };
  const byId: Sessions['byId'] = new Map();
  let isTakingUp = left.length > 0;
  const socket = new LineSocket(account.websocket_url, () => isOpen && (byId.size > 0 || isTakingUp));
  const agent = newAgent(account, socket, !isTakingUp);
  const endAttempts = keepRegistered(agent, report);
  const recovery = new Recovery({ agent, sessions: { byId, dispatch: report }, drop: () => socket.drop() });
  const sessions: Sessions = { byId, dialogs: new Map(), recovery, dispatch: report, playIn, domain };
  agent.on(
    'newRTCSession',
    ({ originator, session }: { readonly originator: string; readonly session: RTCSession }) => {
      if (originator === 'remote') take(sessions, session);
    },
  );
  agent.on('connected', () => {
    if (!isTakingUp) return;
    isTakingUp = false;
    const each = async (): Promise<void> => {
      for (const call of left) await takeUp(sessions, agent, call);
    };
    void each().finally(() => agent.register());
  });
  agent.start();
  const call: Line['call'] = (number, consultsFor) => {
    const session = agent.call(`sip:${encodeURIComponent(number)}@${domain}`, audioOnly);
    follow(sessions, session);
    const consultation = consultsFor === undefined ? {} : { consultsFor };
    report({ kind: 'call', id: session.id, isIncoming: false, name: '', number, ...consultation });
  };
  const close = (): void => {
    isOpen = false;
    endAttempts();
    agent.stop();
  };
  return { ...actionsOn(sessions), call, left: (calls) => leftOf(calls, sessions.dialogs), close };
}
