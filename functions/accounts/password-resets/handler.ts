import { costIn, scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { mayManage } from '#http/authorization/acting.ts';
import { readRightsSources } from '#http/authorization/rights.ts';
import { addToWindow, limitOf } from '#limits/rate-limits.ts';
import { commits, document, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { recordAll } from '#runtime/event-record.ts';
import type { Dependencies } from '#runtime/dependencies.ts';
import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { lookUpMessage } from '../password-reset-emails/contract.ts';
import type { PasswordResetItem } from '../rows/password-reset.ts';
import { readRemainingAccess } from '../rows/remaining-access.ts';
import { passwordResets, requestPasswordReset, resetPassword } from './contract.ts';
import {
  assertWithinLimit,
  blankCredential,
  countEnded,
  forgottenBy,
  forgottenWindow,
  invalidToken,
  liftedByReset,
  resetEvent,
  reusedReset,
  usableReset,
  usedPasswords,
  weakReset,
  withNewPassword,
} from './password-reset.ts';
import { passwordResetStore, resetWrites } from './store.ts';

type ResetContext = Context<typeof passwordResets>;

const requested = JSON.stringify({ success: true, message: 'If the account exists, an e-mail was sent' });

/** Does the same work for every name: a consumer looks it up and sends the e-mail. */
async function request({ body, ip, now }: Request<typeof requestPasswordReset>, context: ResetContext) {
  const { dependencies, environment, queues } = context;
  const by = forgottenBy(body());
  const { minute } = forgottenWindow(now);
  const used = await addToWindow(dependencies.store)(`forgotten/${ip}`, minute, 1);
  assertWithinLimit(used, limitOf(environment, 'RATE_LIMIT_FORGOTTEN'), now);
  await queues.send('jobs', [lookUpMessage({ ...by, request: context.nextId('pwr') })]);
  return { ...document('application/json', requested), status: 202 as const };
}

type Found = Awaited<ReturnType<ReturnType<typeof passwordResetStore>['account']>>;

/**
 * An invitation sets a password in the name of its maker, who gets no account of more rights by it.
 * @throws AppError INVALID_TOKEN if the maker may not manage the user any more
 */
async function assertMakerMayInvite(
  { invitation }: Pick<PasswordResetItem, 'invitation'>,
  invited: Found,
  { tableOf }: ResetContext,
): Promise<void> {
  if (invitation === undefined) return;
  const accounts = [await passwordResetStore(tableOf).account(invitation.by), invited];
  const [maker, user] = await Promise.all(
    accounts.map(
      async (account) =>
        account && {
          ...account,
          sources: await readRightsSources(tableOf(account.organization.org_id), [account.user]),
        },
    ),
  );
  if (maker === undefined || user === undefined || !mayManage(maker, user)) throw invalidToken();
}

/** A repeated decision hashes the password again: it has another credential to compare with. */
async function reset(request: Request<typeof resetPassword>, context: ResetContext, passwords: Passwords) {
  const { body, now, recordIn } = request;
  const { token: secret, password } = body();
  const store = passwordResetStore(context.tableOf);
  const found = await store.token(secretHash(secret));
  const owner = found === undefined ? undefined : await store.account(found);
  const { token, user, credential } = usableReset(found, { user: owner?.user, credential: owner?.credential }, now);
  await assertMakerMayInvite(token, owner, context);
  const weak = await weakReset(password, user, owner?.organization.name ?? '');
  if (weak !== null) throw weak;
  for (const used of usedPasswords(credential))
    if (await passwords.verify(request, password, used)) throw reusedReset();
  const [sessions, lockout, remaining] = await Promise.all([
    store.sessions(token),
    store.lockout(user.username),
    readRemainingAccess(context.tableOf(token.org_id), user.id, now),
  ]);
  const ended = countEnded(sessions, user, now);
  const { next: unlocked, events } = liftedByReset(user, lockout, now.getTime());
  const next = withNewPassword(credential ?? blankCredential(user.id), await passwords.hash(password));
  const at = now.toISOString();
  const actor = { id: user.id, type: user.type, name: user.username, credential: null };
  const record = recordIn(token.org_id, actor);
  return commits(
    [
      ...resetWrites({ token, user, read: credential, next, unlocked, at }),
      record('user.password_changed', resetEvent(user, token, ended)),
      ...recordAll(record, events),
    ],
    ok(
      { username: user.username, password_changed_at: at, still_valid: remaining },
      { message: 'Password changed successfully' },
    ),
  );
}

export const passwordResetsHandler = (
  dependencies: Dependencies = queueDependencies(),
  passwords: Passwords = scryptPasswords(costIn(dependencies.environment)),
) =>
  serve(
    passwordResets,
    {
      [requestPasswordReset.route]: request,
      [resetPassword.route]: (asked, context) => reset(asked, context, passwords),
    },
    dependencies,
  );

export const handler = passwordResetsHandler();
