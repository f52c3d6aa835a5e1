import { costIn, scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { addToWindow, limitOf } from '#http/admission/rate-limits.ts';
import { commits, document, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { recordAll } from '#runtime/event-record.ts';
import type { Dependencies } from '#runtime/dependencies.ts';
import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { lookUpMessage } from '../password-reset-emails/contract.ts';
import { passwordResets, requestPasswordReset, resetPassword } from './contract.ts';
import {
  assertWithinLimit,
  countEnded,
  forgottenBy,
  forgottenWindow,
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

/** A repeated decision hashes the password again: it has another credential to compare with. */
async function reset(request: Request<typeof resetPassword>, { tableOf }: ResetContext, passwords: Passwords) {
  const { body, now, recordIn } = request;
  const { token: secret, password } = body();
  const store = passwordResetStore(tableOf);
  const found = await store.token(secretHash(secret));
  const owner = found === undefined ? undefined : await store.owner(found);
  const { token, user, credential } = usableReset(found, { user: owner?.user, credential: owner?.credential }, now);
  const weak = weakReset(password, user, owner?.organization.name ?? '');
  if (weak !== null) throw weak;
  for (const used of usedPasswords(credential))
    if (await passwords.verify(request, password, used)) throw reusedReset();
  const [sessions, lockout] = await Promise.all([store.sessions(token), store.lockout(user.username)]);
  const ended = countEnded(sessions, user, now);
  const { next: unlocked, events } = liftedByReset(user, lockout, now.getTime());
  const next = withNewPassword(credential, await passwords.hash(password));
  const at = now.toISOString();
  const actor = { id: user.id, type: user.type, name: user.username, credential: null };
  const record = recordIn(token.org_id, actor);
  return commits(
    [
      ...resetWrites({ token, user, read: credential, next, unlocked, at }),
      record('user.password_changed', resetEvent(user, ended)),
      ...recordAll(record, events),
    ],
    ok({ password_changed_at: at }, { message: 'Password changed successfully' }),
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
