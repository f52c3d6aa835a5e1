import type * as z from 'zod';
import { costIn, scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import type { ReadMailbox } from '#dynamodb/rows/mailbox.ts';
import { answer } from '#runtime/answer.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { defaultPreferences, type LogInOrigin } from '#schema/mailbox.ts';
import { isStrongPin, pinForm, preferencesDetails } from '../schema/mailbox-pin.ts';
import { mailboxLogIns } from './contract.ts';
import { countTry, isOpenAtOwnPhone, lockedDetails, originOf } from './log-in.ts';
import { countWrite, forgetWrite, logInStore, pinWrites } from './store.ts';

type LogInContext = BackgroundContext<typeof mailboxLogIns>;
type Place = { readonly organization: number; readonly mailbox: string };

/** Counts a try. @returns whether the PIN may be looked at, and is the last one */
async function takeTry(
  { organization, mailbox }: Place,
  origin: LogInOrigin,
  { transact, tableOf, clock }: LogInContext,
): Promise<'locked' | 'last' | 'taken'> {
  let taken: 'locked' | 'last' | 'taken' = 'locked';
  await transact(organization, async () => {
    const before = await logInStore(tableOf(organization)).tries({ mailbox, origin });
    const counted = countTry(before, { mailbox, origin }, clock().getTime());
    taken = 'locked';
    if (counted === undefined) return [];
    taken = counted.isLast ? 'last' : 'taken';
    return [countWrite(before, counted.after)];
  });
  return taken;
}

/** Strangers have locked the mailbox from outside. */
const reportLock = ({ organization, mailbox }: Place, { transact, recorderOf }: LogInContext) =>
  transact(organization, async () => [recorderOf(organization)('voicemail.access_locked', lockedDetails(mailbox))]);

/** After a right PIN no try counts. */
const forgetTries = ({ organization, mailbox }: Place, origin: LogInOrigin, { transact, tableOf }: LogInContext) =>
  transact(organization, async () => {
    const before = await logInStore(tableOf(organization)).tries({ mailbox, origin });
    return before === undefined ? [] : [forgetWrite(before)];
  });

type Outcome = z.output<(typeof mailboxLogIns)['answer']>['outcome'];
type LogIn = { readonly user: string | null; readonly pin: string | null };

/** Whether the owner's own phone needs no PIN. */
function enter(read: ReadMailbox | undefined, origin: LogInOrigin): Outcome {
  if (read === undefined) return 'wrong';
  return isOpenAtOwnPhone(origin, read.preferences ?? defaultPreferences(read.mailbox)) ? 'open' : 'wrong';
}

/** A mailbox that does not exist takes as long as one whose PIN is wrong, and is locked as one. */
async function logIn(
  place: Place,
  { user, pin }: LogIn,
  passwords: Passwords,
  context: LogInContext,
): Promise<Outcome> {
  const store = logInStore(context.tableOf(place.organization));
  const read = await store.mailbox(place.mailbox);
  const origin = originOf(read?.user_id ?? null, user);
  if (pin === null) return enter(read, origin);
  const taken = await takeTry(place, origin, context);
  if (taken === 'locked') return 'locked';
  const stored = await store.pin(place.mailbox);
  if (await passwords.verify({}, pin, read === undefined ? undefined : stored)) {
    await forgetTries(place, origin, context);
    return 'open';
  }
  if (taken === 'last' && origin === 'outside') await reportLock(place, context);
  return 'wrong';
}

/** Changes the PIN of a mailbox whose caller has logged in. */
async function changePin(
  { organization, mailbox }: Place,
  pin: string,
  passwords: Passwords,
  { transact, tableOf, recorderOf, clock }: LogInContext,
): Promise<Outcome> {
  if (!pinForm.test(pin) || !isStrongPin(pin, mailbox)) return 'weak';
  const hash = await passwords.hash(pin);
  let outcome: Outcome = 'weak';
  await transact(organization, async () => {
    const read = await logInStore(tableOf(organization)).mailbox(mailbox);
    outcome = read === undefined ? 'weak' : 'changed';
    if (read === undefined) return [];
    const now = clock().toISOString();
    const before = read.preferences;
    const base = before ?? { ...defaultPreferences(mailbox), created_at: now, updated_at: now };
    const after = { ...base, pin_set: true, updated_at: now, version: base.version + 1 };
    const details = preferencesDetails(before, after, [read.user_id]);
    return [...pinWrites(before, after, hash), recorderOf(organization)('voicemailprefs.updated', details)];
  });
  return outcome;
}

/** The function that logs callers in to mailboxes. */
export const mailboxLogInsHandler = (
  dependencies = dependenciesFromEnvironment(),
  passwords = scryptPasswords(costIn(dependencies.environment)),
) =>
  answer(
    mailboxLogIns,
    async ({ org_id: organization, mailbox, user, ask }, context) => {
      const place = { organization, mailbox };
      const outcome =
        ask.type === 'change_pin'
          ? await changePin(place, ask.pin, passwords, context)
          : await logIn(place, { user, pin: ask.pin }, passwords, context);
      return { outcome };
    },
    dependencies,
  );

export const handler = mailboxLogInsHandler();
