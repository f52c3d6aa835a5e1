import { randomSecret } from '#credentials/random.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import { newBrake, windowsOfStore, type Brake } from '#limits/brake.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { queuedDetails } from '#schema/email.ts';
import { passwordResetEmails, type LookUpMessage } from './contract.ts';
import { addReset, maxUsers, mayReset, resetEmail } from './reset-email.ts';
import { newResetWrites, resetEmailStore, type UserKey } from './store.ts';

type ResetContext = BackgroundContext<typeof passwordResetEmails> & { readonly brake: Brake };

/**
 * Whether a user's address has had few enough of these e-mails, counted outside of the transaction, which may be
 * repeated. What is beyond is not sent later: the link of an e-mail that waits would soon be of no use.
 */
async function maySend({ org_id: organization, ...key }: UserKey, context: ResetContext): Promise<boolean> {
  const user = (await resetEmailStore(context.tableOf).account({ org_id: organization, ...key }))?.user;
  if (!mayReset(user)) return false;
  return (await context.brake('password-reset', { organization, target: user.email }, context.clock())) === 0;
}

/** Gives a user a token by e-mail, unless it has enough of them. */
const offer = (key: UserKey, request: string, context: ResetContext): Promise<void> =>
  context.transact(key.org_id, async () => {
    const account = await resetEmailStore(context.tableOf).account(key);
    const { user, credential } = account ?? {};
    if (!mayReset(user)) return [];
    const [now, token] = [context.clock(), randomSecret()];
    const hash = secretHash(token);
    const added = addReset(credential ?? {}, { hash, request }, now);
    if (added === undefined) return [];
    const url = context.environment['PASSWORD_RESET_URL'];
    const email = resetEmail({ id: context.nextId('eml'), user, token, url, now });
    const { expires_at } = added.mark;
    return [
      ...newResetWrites({
        user: user.id,
        read: credential,
        marks: added.all,
        email,
        token: { hash, ...key, email: user.email, expires_at },
      }),
      context.recorderOf(key.org_id)('email.queued', queuedDetails(email)),
    ];
  });

async function handle({ message }: Delivery<LookUpMessage>, context: ResetContext): Promise<void> {
  const { username, email = '', request } = message;
  const store = resetEmailStore(context.tableOf);
  const keys = await (username === undefined ? store.byEmail(email, maxUsers) : store.byUsername(username));
  for (const { user_id, org_id } of keys)
    if (await maySend({ user_id, org_id }, context)) await offer({ user_id, org_id }, request, context);
}

export const passwordResetEmailsHandler = (dependencies = consumerDependencies()) => {
  const brake = newBrake(windowsOfStore(dependencies.store));
  return consume(
    passwordResetEmails,
    settleEach((received, context) => handle(received, { ...context, brake })),
    dependencies,
  );
};

export const handler = passwordResetEmailsHandler();
