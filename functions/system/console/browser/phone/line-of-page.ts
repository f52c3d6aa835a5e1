import type { LeftCall } from '#browser-phone/left-calls.ts';
import type { Phone } from '#browser-phone/phone.ts';
import { problemOf } from '#browser-phone/reasons.ts';
import { api } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import type { Session } from '../kit/session.tsx';
import { abandonedLines, forgetLine, leaveLine, takeLeftLine, type MadeLine } from './left-line.ts';

/** The line of the console's phone: made when the phone is switched on, and ended with it. */

/** Seconds for which a line is made: a session, and a call that goes on after it. */
const lifetime = 10 * 60 * 60;
/** Milliseconds before the end of its session at which a line without calls is ended: the page could not, later. */
const margin = 30_000;

/** The end of the line before, which counts as one of the person's phones until then. */
let lastEnd: Promise<unknown> = Promise.resolve();
/** Lines that could not be ended as their session was over, and whose they are. */
const left = new Map<string, string>();

/** In the person's own organization, whichever is looked at. */
const ownOrganization = ({ org_id: organization }: Session) => ({ query: { org_id: organization } });

/** @throws ApiError */
async function makeLine(session: Session): Promise<MadeLine> {
  const ofPerson = [...left].flatMap(([username, owner]) => (owner === session.sub ? [username] : []));
  for (const username of [...ofPerson, ...abandonedLines(session.sub)]) void endLine(session, username);
  await lastEnd;
  const { data: line } = await api.POST('/Phones', {
    params: ownOrganization(session),
    body: {
      allow_features: ['inbound', 'outbound', 'websocket'],
      type: 'dynamic',
      max_expire: lifetime,
    },
  });
  if (line?.websocket_url === undefined) throw new Error('This platform has no address for browser phones.');
  const at = Date.parse(`${line.expires.replace(' ', 'T')}Z`) - lifetime * 1_000;
  return { ...line, websocket_url: line.websocket_url, at };
}

function endLine(session: Session, username: string): Promise<unknown> {
  const params = { path: { username }, ...ownOrganization(session) };
  left.delete(username);
  forgetLine(username);
  // Requests of a page that closes are sent all the same.
  const end = api.DELETE('/Phones/{username}', { params, keepalive: true }).catch(() => {
    left.set(username, session.sub);
  });
  lastEnd = Promise.all([lastEnd, end]);
  return end;
}

const problemIn = (error: unknown): string => (error instanceof ApiError ? problemOf(error) : (error as Error).message);

type Signs = {
  /** Registers what is done before the person signs out. @returns what takes it back */
  readonly beforeSignOut: (work: () => Promise<unknown>) => () => void;
  /** Called shortly before the session ends by itself. */
  readonly onSessionEnds: () => void;
};

/**
 * Makes a line for a phone, and registers it; or goes on with that of the page before and its calls.
 * @returns what switches the phone off, and ends the line
 */
export function switchOn(phone: Phone, session: Session, { beforeSignOut, onSessionEnds }: Signs): () => void {
  let account: MadeLine | null = null;
  let isOff = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const off = async (): Promise<unknown> => {
    isOff = true;
    clearTimeout(timer);
    removeEventListener('pagehide', leave);
    const former = account;
    account = null;
    phone.dispatch({ kind: 'signed out' });
    return former === null ? undefined : endLine(session, former.username);
  };
  const leave = (): void => {
    const calls = phone.left();
    if (account === null || calls.length === 0) return void off();
    leaveLine({ owner: session.sub, line: account, calls });
    account = null;
  };
  const forget = beforeSignOut(off);
  addEventListener('pagehide', leave);
  const use = (line: MadeLine, calls?: readonly LeftCall[]): void => {
    account = line;
    timer = setTimeout(onSessionEnds, Math.max(0, Date.parse(session.expires_at) - line.at - margin));
    phone.dispatch({ kind: 'signed in', user: session.username, extension: null });
    phone.open(line, calls);
  };
  phone.dispatch({ kind: 'signing in' });
  const before = takeLeftLine(session.sub);
  if (before === null)
    makeLine(session).then(
      (made) => (isOff ? endLine(session, made.username) : use(made)),
      (error: unknown) => isOff || phone.dispatch({ kind: 'rejected', problem: problemIn(error) }),
    );
  else use(before.line, before.calls);
  return () => {
    forget();
    void off();
  };
}
