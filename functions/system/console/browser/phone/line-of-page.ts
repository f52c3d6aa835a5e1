import type { LineAccount } from '#browser-phone/line.ts';
import type { Phone } from '#browser-phone/phone.ts';
import { problemOf } from '#browser-phone/reasons.ts';
import { api } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import type { Session } from '../kit/session.tsx';

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

/** A line, with the time at which the server made it, in Unix milliseconds. @throws ApiError */
async function makeLine(session: Session) {
  for (const [username, owner] of left) if (owner === session.sub) void endLine(session, username);
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
 * Makes a line for a phone, and registers it.
 * @returns what switches the phone off, and ends the line
 */
export function switchOn(phone: Phone, session: Session, { beforeSignOut, onSessionEnds }: Signs): () => void {
  let account: LineAccount | null = null;
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
  const leave = (): void => void off();
  const forget = beforeSignOut(off);
  addEventListener('pagehide', leave);
  phone.dispatch({ kind: 'signing in' });
  makeLine(session).then(
    (made) => {
      if (isOff) return endLine(session, made.username);
      account = made;
      timer = setTimeout(onSessionEnds, Math.max(0, Date.parse(session.expires_at) - made.at - margin));
      phone.dispatch({ kind: 'signed in', user: session.username, extension: null });
      phone.open(made);
      return undefined;
    },
    (error: unknown) => isOff || phone.dispatch({ kind: 'rejected', problem: problemIn(error) }),
  );
  return () => {
    forget();
    leave();
  };
}
