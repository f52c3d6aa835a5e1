import type { SessionItem } from '#dynamodb/rows/user.ts';
import { commits, commitsThenThrows, ok } from '#http/answers/answer.ts';
import { recordAll } from '#runtime/event-record.ts';
import {
  failureRecorder,
  isInOrganization,
  placeOfLogIn,
  recordLogIn,
  rightsOfAccount,
  signToken,
  type AuthContext,
  type LogInRequest,
  type Tools,
} from './account-steps.ts';
import { failedLogInEvent } from './log-in-events.ts';
import { invalidCredentials, permittedScopes, serviceRejection, type ServiceLogIn } from './log-in.ts';
import { secretMatches } from './service-secret.ts';
import { narrowedRights, newSession } from './session.ts';
import { accountStore, serviceLogInWrites } from './store.ts';
import { presentServiceToken } from './token.ts';

/** Service accounts have no lock-out: a secret of 256 random bits cannot be guessed. */
export async function logInService(request: LogInRequest, context: AuthContext, tools: Tools, wanted: ServiceLogIn) {
  const { now, ip, userAgent } = request;
  const { clientId, ttl } = wanted;
  const account = await accountStore(context.tableOf).byClientId(clientId);
  const record = failureRecorder(request, account);
  const isRight = secretMatches(account?.credential, wanted.secret, now.toISOString());
  if (!isRight || !isInOrganization(account, wanted.organization))
    return commitsThenThrows(
      recordAll(record, [failedLogInEvent(account?.user, 'INVALID_CREDENTIALS')]),
      invalidCredentials(),
    );
  const { user } = account;
  const rejection = serviceRejection(user, placeOfLogIn(account, request));
  if (rejection !== null)
    return commitsThenThrows(recordAll(record, [failedLogInEvent(user, rejection.code)]), rejection);
  const { rights: held } = await rightsOfAccount(account, context);
  const rights = narrowedRights(held, permittedScopes(wanted.scopes, held.scopes));
  const id = context.nextId('ses');
  const session: SessionItem = newSession(account, { id, client: 'api', rights, ttl, ip, userAgent, now });
  const token = await signToken(context, tools, account, session);
  const { scopes } = rights;
  const answer = { token, expiresAt: session.expires_at, scopes, clientId, name: user.display_name, now };
  return commits(
    [...serviceLogInWrites(account, session), ...recordLogIn(request, account, session)],
    ok(presentServiceToken(answer)),
  );
}
