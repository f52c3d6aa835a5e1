import JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession.js';
import { keepRegistered } from './registration.ts';
import { actionsOn, audioOnly, follow, type CallActions, type Sessions } from './sessions.ts';
import { maxCalls } from './state.ts';

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
  readonly close: () => void;
};

type Agent = InstanceType<typeof JsSIP.UA>;

/** Seconds between two attempts to connect. */
const recovery = { connection_recovery_min_interval: 1, connection_recovery_max_interval: 10 } as const;

const newAgent = ({ username, password, domain, websocket_url: url }: LineAccount): Agent =>
  new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url)],
    uri: `sip:${username}@${domain}`,
    password,
    ...recovery,
  });

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

/** @param playIn the element that plays a call */
export function openLine(
  account: LineAccount,
  dispatch: Sessions['dispatch'],
  playIn: (id: string) => HTMLAudioElement,
): Line {
  const { domain } = account;
  let isOpen = true;
  /** JsSIP reports that its connection is lost 2 s after the line was closed, when the phone may have the next one. */
  const report: Sessions['dispatch'] = (action) => {
    if (isOpen) dispatch(action);
  };
  const sessions: Sessions = { byId: new Map(), dispatch: report, playIn, domain };
  const agent = newAgent(account);
  const endAttempts = keepRegistered(agent, report);
  agent.on(
    'newRTCSession',
    ({ originator, session }: { readonly originator: string; readonly session: RTCSession }) => {
      if (originator === 'remote') take(sessions, session);
    },
  );
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
  return { ...actionsOn(sessions), call, close };
}
