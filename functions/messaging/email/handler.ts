import { AppError, found } from '#errors.ts';
import { commits, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { timeRange } from '#schema/time-range.ts';
import { fileObject, type ReadyFile } from '#dynamodb/rows/file.ts';
import { limitOf } from '#limits/rate-limits.ts';
import { coversRecord } from '#http/authorization/own-records.ts';
import { objectKey } from '#schema/object-key.ts';
import { contentBytes, type EmailContent, type StoredAttachment } from '../schema/email-content.ts';
import { presentBatch } from './batch.ts';
import { emails, getEmail, listEmails, sendEmail } from './contract.ts';
import { bounds, matches, presentEmail } from './email.ts';
import { acceptWrites, assertRoom, countInWindow, emailStore, prefetch, sendingStore } from './store.ts';
import { acceptedDetails, acceptEmails, copyWarnings, presentAccepted, recipientsIn } from './acceptance.ts';
import { assertAttachable, assertSizes, type Attachment } from './attachment.ts';
import { emailErrors } from './errors.ts';
import type { SendEmail } from './send-email.ts';
import {
  assertEnabled,
  assertOpen,
  assertReachable,
  renderWanted,
  senderWarnings,
  verifiedSender,
  wantedSender,
} from './sender.ts';

type SendRequest = Request<typeof sendEmail>;
type EmailContext = Context<typeof emails>;
type Store = ReturnType<typeof sendingStore>;

/** The template, and what it makes of the values. @throws AppError of the template and its values */
async function render(store: Store, wanted: SendEmail, { organization }: SendRequest) {
  const found = await store.template(wanted.template);
  if (found === undefined)
    throw new AppError(emailErrors.TEMPLATE_NOT_FOUND, `There is no template ${wanted.template}`, {
      details: [{ path: 'template', message: 'is no template of the organization or the platform' }],
    });
  assertOpen(found, organization.settings.email ?? {});
  return {
    template: found,
    rendered: renderWanted(found, wanted),
  };
}

/** The sender; null: the platform. @throws AppError SENDER_NOT_VERIFIED */
async function senderOf(
  store: Store,
  wanted: SendEmail,
  template: Parameters<typeof wantedSender>[1],
  { organization }: SendRequest,
) {
  const sender = wantedSender(wanted, template, organization.settings.email ?? {});
  const domain = sender.address === null ? undefined : await store.domainOf(sender.address);
  const verified = verifiedSender(sender, domain);
  const recipients = recipientsIn(wanted);
  if (verified === null) assertReachable(recipients, await store.allowedAmong(recipients));
  return verified;
}

/** The files that are attached, by their ids. @throws AppError INVALID_ATTACHMENT */
async function filesOf(store: Store, { attachments }: SendEmail, { caller }: SendRequest) {
  const sees = (file: ReadyFile | undefined): boolean =>
    file !== undefined && caller.scopes.has('files:read') && coversRecord(caller, 'files:read', file.created_by);
  const files = new Map<string, ReadyFile>();
  for (const [at, { file_id: id }] of attachments.entries()) {
    if (id === undefined) continue;
    const file = await store.file(id);
    files.set(id, assertAttachable(sees(file) ? file : undefined, `attachments[${at}].file_id`));
  }
  return files;
}

function storedAttachment(
  { file_id: id, filename = '', content = '', content_type: type = 'application/octet-stream' }: Attachment,
  files: ReadonlyMap<string, ReadyFile>,
  organization: number,
): StoredAttachment {
  const file = id === undefined ? undefined : files.get(id);
  if (file === undefined) return { filename, type, content };
  const { key } = fileObject(organization, file.id, file.content.number);
  return { filename: file.name, type: file.content.content_type, key };
}

/** Stores the content of e-mails. @throws AppError GATEWAY_ERROR */
async function storeContent({ objects, log }: EmailContext, key: string, content: EmailContent): Promise<void> {
  await objects.put({ bucket: 'email', key }, contentBytes(content)).catch((error: unknown) => {
    log.fault(error, key, 'the content of an e-mail was not stored');
    throw new AppError(emailErrors.GATEWAY_ERROR, 'The e-mail could not be accepted; nothing was sent. Try again', {
      cause: error,
    });
  });
}

/** Where the recipients of a request are counted. */
const windowOf = ({ environment }: EmailContext) =>
  ({ kind: 'email', limit: limitOf(environment, 'RATE_LIMIT_EMAIL') }) as const;

/** The recipients that get no e-mail. @throws AppError RATE_LIMITED, if the minute has too few recipients left */
async function admit(store: Store, wanted: SendEmail, { now }: SendRequest, context: EmailContext) {
  const recipients = recipientsIn(wanted);
  const [suppressed] = await Promise.all([
    store.suppressedAmong(recipients, now),
    assertRoom(context.table, windowOf(context), { recipients: recipients.length, now }),
  ]);
  return suppressed;
}

/** What is sent: everything is checked and rendered before anything is stored. */
async function prepare(store: Store, request: SendRequest, context: EmailContext) {
  const { body, caller, now, organization } = request;
  assertEnabled(organization.settings.email ?? {});
  const wanted = body();
  const { template, rendered } = await render(store, wanted, request);
  const sender = await senderOf(store, wanted, template, request);
  const files = await filesOf(store, wanted, request);
  assertSizes(wanted.attachments, files);
  const suppressed = await admit(store, wanted, request, context);
  const accepted = acceptEmails({
    wanted,
    template,
    subject: rendered.subject,
    sender,
    suppressed,
    contentKey: (id) => objectKey({ organization: organization.org_id, area: 'email', id, version: 1 }),
    files: [...files.keys()],
    sentBy: caller.id,
    nextId: context.nextId,
    now: now.toISOString(),
  });
  const attachments = wanted.attachments.map((each) => storedAttachment(each, files, organization.org_id));
  const content = { html: rendered.html, text: rendered.text, attachments };
  const warnings = [...senderWarnings(sender, wanted, template), ...copyWarnings(wanted, suppressed)];
  return { wanted, files: [...files.values()], warnings, accepted, content };
}

/** `PUT /email`. */
async function send(request: SendRequest, context: EmailContext) {
  const { now, record, organization } = request;
  const { wanted, files, warnings, accepted, content } = await prepare(sendingStore(context.table), request, context);
  const { batch, emails } = accepted;
  const isSent = emails.some(({ status }) => status === 'queued');
  if (isSent) await storeContent(context, accepted.content, content);
  const counted = { recipients: recipientsIn(wanted).length, now };
  return commits(
    [
      ...acceptWrites(batch, emails, isSent ? files : []),
      countInWindow(organization.org_id, windowOf(context), counted),
      record('email.queued', acceptedDetails(accepted)),
    ],
    ok(presentAccepted(accepted), { message: 'E-mail accepted', warnings }),
  );
}

async function list({ query, page: pageOf, own, now }: Request<typeof listEmails>, { table }: EmailContext) {
  const range = timeRange(query, now.getTime(), bounds);
  const wanted = { filters: { ...query, ...range }, sentBy: own.limitedTo };
  const listed = await emailStore(table).page(pageOf(), wanted, matches(query, range));
  return page({ ...listed, items: listed.items.map(presentEmail) });
}

async function get({ params: { id } }: Request<typeof getEmail>, { table }: EmailContext) {
  const store = emailStore(table);
  if (!id.startsWith('ebatch_')) return ok(presentEmail(found(await store.get(id), 'E-mail')));
  const batch = found(await store.batch(id), 'E-mail');
  return ok(presentBatch(batch, await store.emailsOf(batch)));
}

export const emailHandler = (dependencies = dependenciesFromEnvironment({ objects: objectsFromEnvironment() })) =>
  serve(
    emails,
    { [sendEmail.route]: send, [listEmails.route]: list, [getEmail.route]: get },
    { ...dependencies, prefetch },
  );

export const handler = emailHandler();
