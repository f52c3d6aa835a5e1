import type { LineAccount } from '#browser-phone/line.ts';
import type { Phone } from '#browser-phone/phone.ts';
import { problemOf } from '#browser-phone/reasons.ts';
import { api, ApiError } from '../kit/api.ts';
import type { Session } from '../kit/session.tsx';
import { lifetimeOf } from './line-lifetime.ts';

/** The line of the console's phone: made when the phone is switched on, and ended with it. */

/** In the person's own organization, whichever is looked at. */
const ownOrganization = ({ org_id: organization }: Session) => ({ query: { org_id: organization } });

/** @throws ApiError */
async function makeLine(session: Session): Promise<LineAccount> {
  const { data: line } = await api.POST('/Phones', {
    params: ownOrganization(session),
    body: {
      allow_features: ['inbound', 'outbound', 'websocket'],
      type: 'dynamic',
      max_expire: lifetimeOf(session, Date.now()),
    },
  });
  if (line?.websocket_url === undefined) throw new Error('This platform has no address for browser phones.');
  return { ...line, websocket_url: line.websocket_url };
}

const endLine = (session: Session, { username }: LineAccount): Promise<unknown> =>
  api
    .DELETE('/Phones/{username}', {
      params: { path: { username }, ...ownOrganization(session) },
      // Requests of a page that closes are sent all the same.
      keepalive: true,
    })
    .catch(() => undefined);

const problemIn = (error: unknown): string => (error instanceof ApiError ? problemOf(error) : (error as Error).message);

/**
 * Makes a line for a phone, and registers it.
 * @param beforeSignOut calls back before the session ends @returns what switches the phone off, and ends the line
 */
export function switchOn(
  phone: Phone,
  session: Session,
  beforeSignOut: (work: () => Promise<unknown>) => () => void,
): () => void {
  let account: LineAccount | null = null;
  let isOff = false;
  const off = async (): Promise<unknown> => {
    isOff = true;
    removeEventListener('pagehide', leave);
    const left = account;
    account = null;
    phone.dispatch({ kind: 'signed out' });
    return left === null ? undefined : endLine(session, left);
  };
  const leave = (): void => void off();
  const forget = beforeSignOut(off);
  addEventListener('pagehide', leave);
  phone.dispatch({ kind: 'signing in' });
  makeLine(session).then(
    (made) => {
      if (isOff) return endLine(session, made);
      account = made;
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
