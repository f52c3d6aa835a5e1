import { costIn, scryptPasswords, type Passwords } from '#credentials/password-hash.ts';
import type { ReadyFile } from '#dynamodb/rows/file.ts';
import type { ReadMailbox } from '#dynamodb/rows/mailbox.ts';
import { found, invalid, notFound } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { OwnRecords } from '#http/authorization/own-records.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { newConfirmation } from '#mail/confirmation.ts';
import { queuedDetails } from '#schema/email.ts';
import { noticeWarnings, addressesToAsk } from '#schema/notice-recipients.ts';
import { countsOf, defaultPreferences, type VoicemailPreferences } from '#schema/mailbox.ts';
import { askWrites } from '../../billing/rows/notice-recipients.ts';
import { preferencesDetails } from '../schema/mailbox-pin.ts';
import { getVoicemailPreferences, listMailboxes, setVoicemailPreferences, voicemailPreferences } from './contract.ts';
import { preferencesStore, saveWrites } from './store.ts';
import {
  asksForSms,
  assertOwnMobile,
  assertSender,
  changePreferences,
  presentPreferences,
} from './voicemail-preferences.ts';

type PreferencesContext = Context<typeof voicemailPreferences>;

/** One that does not exist has no owner: callers limited to their own mailbox make none. @throws AppError NOT_FOUND */
function assertVisible(mailbox: ReadMailbox | undefined, own: OwnRecords): void {
  if (!own.covers(mailbox?.user_id)) throw notFound('Mailbox');
}

/** A mailbox as answered. Preferences that were never set are the defaults. */
const present = ({ mailbox, preferences, user_id: owner }: ReadMailbox, organization: number) =>
  presentPreferences(preferences ?? defaultPreferences(mailbox), { organization, owner });

async function list(
  { query, page: pageOf, own, organization }: Request<typeof listMailboxes>,
  { table }: PreferencesContext,
) {
  const store = preferencesStore(table);
  const user = query.user_id ?? own.limitedTo;
  const asked = query.q?.toLowerCase() ?? '';
  const isListed = (each: ReadMailbox): boolean =>
    own.covers(each.user_id) && each.mailbox.toLowerCase().includes(asked);
  const read = await store.page(pageOf(), user, isListed);
  const counts = await store.counts(read.items);
  const items = read.items.map((each, at) => {
    const { new: unheard, read: heard, saved } = countsOf(counts[at]);
    return { ...present(each, organization.org_id), counts: { new: unheard, read: heard, saved } };
  });
  return page({ ...read, items });
}

async function get(
  { params, own, organization }: Request<typeof getVoicemailPreferences>,
  { table }: PreferencesContext,
) {
  const read = await preferencesStore(table).mailbox(params.mailbox);
  assertVisible(read, own);
  const mailbox = found(read, 'Mailbox');
  const { preferences } = mailbox;
  return ok(present(mailbox, organization.org_id), preferences === undefined ? {} : { version: preferences.version });
}

type GreetingField = 'greeting_file_id' | 'busy_greeting_file_id' | 'name_file_id';

/** A file of a greeting. @throws AppError VALIDATION_FAILED */
async function greeting(
  { table }: PreferencesContext,
  preferences: VoicemailPreferences,
  field: GreetingField,
): Promise<readonly ReadyFile[]> {
  const id = preferences[field] ?? null;
  if (id === null) return [];
  const file = await preferencesStore(table).file(id);
  if (file?.kind !== 'greeting') throw invalid(field, 'must be the id of a ready file of kind greeting');
  return [file];
}

/** @throws AppError NO_SMS_SENDER; VALIDATION_FAILED if a caller limited to its own mailbox names another number */
async function checkSms(
  after: VoicemailPreferences,
  { own, organization }: Pick<Request<typeof setVoicemailPreferences>, 'own' | 'organization'>,
  { table }: PreferencesContext,
): Promise<void> {
  const store = preferencesStore(table);
  if (own.limitedTo !== null) assertOwnMobile(after, await store.mobile(own.limitedTo));
  assertSender(await store.smsSender(organization));
}

const greetings = async (context: PreferencesContext, preferences: VoicemailPreferences) =>
  (
    await Promise.all([
      greeting(context, preferences, 'greeting_file_id'),
      greeting(context, preferences, 'busy_greeting_file_id'),
      greeting(context, preferences, 'name_file_id'),
    ])
  ).flat();

/** Asks the address of notices unless it was asked before, and warns while it gets none. */
async function askRecipient(
  { notify_email: address }: VoicemailPreferences,
  { now, organization, record }: Request<typeof setVoicemailPreferences>,
  { table, nextId, environment }: PreferencesContext,
) {
  if (address === null) return { warnings: [], writes: [] };
  const recipients = await preferencesStore(table).recipients([address]);
  const writes = addressesToAsk([address], recipients).flatMap((unasked) => {
    const asked = newConfirmation(unasked, {
      id: nextId('eml'),
      organization: organization.org_id,
      url: environment['PUBLIC_URL'] ?? '',
      now,
    });
    return [...askWrites(asked), record('email.queued', queuedDetails(asked.email))];
  });
  return { warnings: noticeWarnings('notify_email', [address], recipients), writes };
}

async function set(
  passwords: Passwords,
  request: Request<typeof setVoicemailPreferences>,
  context: PreferencesContext,
) {
  const { params, body, own, organization, now, record, pinnedVersion } = request;
  const { mailbox } = params;
  const read = await preferencesStore(context.table).mailbox(mailbox);
  assertVisible(read, own);
  const before = read?.preferences;
  if (before !== undefined) assertPinnedVersion(before, pinnedVersion);
  const change = body();
  const after = changePreferences(before, { mailbox, change, now: now.toISOString() });
  const owner = after.user_id ?? read?.extension_user ?? null;
  own.assertCovers(owner);
  if (asksForSms(before, after)) await checkSms(after, { own, organization }, context);
  const [files, asking, pin] = await Promise.all([
    greetings(context, after),
    askRecipient(after, request, context),
    change.pin == null ? change.pin : passwords.hash(change.pin),
  ]);
  const shown = presentPreferences(after, { organization: organization.org_id, owner });
  const answer = before === undefined ? created : ok;
  return commits(
    [
      ...saveWrites(before, after, { pin, files }),
      ...asking.writes,
      record('voicemailprefs.updated', preferencesDetails(before, after, [read?.user_id ?? null, owner])),
    ],
    answer(shown, {
      message: 'Voicemail preferences saved successfully',
      warnings: asking.warnings,
      version: after.version,
    }),
  );
}

/** The function of `/voicemailprefs`. */
export const voicemailPreferencesHandler = (
  dependencies = dependenciesFromEnvironment(),
  passwords = scryptPasswords(costIn(dependencies.environment)),
) =>
  serve(
    voicemailPreferences,
    {
      [listMailboxes.route]: list,
      [getVoicemailPreferences.route]: get,
      [setVoicemailPreferences.route]: (request, context) => set(passwords, request, context),
    },
    dependencies,
  );

export const handler = voicemailPreferencesHandler();
