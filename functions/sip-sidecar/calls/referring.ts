import type { CallLeg } from '../../../shared/schema/call.ts';
import type { SipRequest } from '../../../shared/sip/message.ts';
import type { Session, SessionTable } from '../../../shared/sip/session/session.ts';
import type { AnyAccountItem } from '../../telephony/rows/sip-account.ts';
import type { Authenticate } from '../registrar/authentication.ts';
import type { RequestHandler, Transaction } from '../request-handler.ts';
import type { TransactionFlow } from '../transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';
import { rejectionsOf } from './admission.ts';
import type { Directory } from './directory.ts';

/** The phone at the other end of a session. */
export type Phone = { readonly organization: number; readonly leg: CallLeg };

/** The dependencies of `referring`. */
export type ReferringDependencies = {
  readonly sessions: Pick<SessionTable<TransactionFlow>, 'sessionOf' | 'receive'>;
  readonly directory: Pick<Directory, 'contactsOfDevice' | 'liveBindings'>;
  /** Undefined: no phone. */
  readonly phoneOf: (session: Session) => Phone | undefined;
  readonly authenticate: Authenticate;
  readonly mayChallenge: (flow: Flow) => boolean;
  readonly fault: (error: unknown) => void;
};

/**
 * Handles REFER, which begins calls that are charged: one within the dialog of a phone, from an address at which the
 * phone is not registered, must prove the password of the phone. Who has only seen the dialog can transfer no one.
 */
export function referring(dependencies: ReferringDependencies): RequestHandler {
  const { sessions, phoneOf, fault } = dependencies;
  const receive: RequestHandler = (request, transaction) => {
    if (!sessions.receive(request, transaction)) transaction.respondOnce([{ status: 403 }]);
  };
  return (request, transaction) => {
    const session = sessions.sessionOf(request);
    const phone = session === undefined ? undefined : phoneOf(session);
    if (phone === undefined) receive(request, transaction);
    else
      isProven(dependencies, phone, { request, transaction })
        .then((isPhone) => (isPhone ? receive(request, transaction) : undefined))
        .catch((error: unknown) => {
          fault(error);
          transaction.respondOnce([{ status: 500 }]);
        });
  };
}

type Received = { readonly request: SipRequest; readonly transaction: Transaction };

/** @returns false if the request is answered */
async function isProven(
  { directory, authenticate, mayChallenge }: ReferringDependencies,
  { organization, leg }: Phone,
  { request, transaction }: Received,
): Promise<boolean> {
  const { flow } = transaction.flow;
  const bindings =
    leg.line === null
      ? (await directory.contactsOfDevice(organization, leg.device_id ?? '')).map(({ binding }) => binding)
      : await directory.liveBindings(organization, leg.line);
  if (bindings.some((binding) => binding.flow.remote.address === flow.remote.address)) return true;
  const outcome = await authenticate(request, flow, 'proxy');
  if (outcome.kind === 'authenticated' && isOf(outcome.account, leg)) return true;
  transaction.respondOnce(
    outcome.kind === 'authenticated' ? [{ status: 403 }] : rejectionsOf(outcome, flow, mayChallenge),
  );
  return false;
}

const isOf = (account: AnyAccountItem, { line, device_id: device }: CallLeg): boolean =>
  account.kind === 'line' ? account.sip_username === line : account.device_id === device;
