import { holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { recordFullMailbox } from '#dynamodb/rows/mailbox.ts';
import { found } from '#errors.ts';
import { commits, commitsThenThrows, created, ok, page } from '#http/answers/answer.ts';
import type { OwnRecords } from '#http/authorization/own-records.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import type { Recorder } from '#runtime/event-record.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { countsOf } from '#schema/mailbox.ts';
import {
  audioObject,
  deletedMessageDetails,
  fullMailboxDetails,
  newMessageDetails,
  type HeardVoicemail,
  type Voicemail,
} from '#schema/voicemail.ts';
import { deleteWrites, depositWrites, forwardWrites, markWrites } from '../rows/voicemail.ts';
import { forwardedCopy, forwardedDetails, mark, markingDetails, markingEvent } from '../schema/message-state.ts';
import {
  actOnVoicemail,
  deleteVoicemail,
  depositVoicemail,
  getVoicemail,
  listVoicemail,
  voicemail,
} from './contract.ts';
import { preferencesOf, roomIn } from '../rows/mailbox-room.ts';
import { moveWrites, voicemailStore } from './store.ts';
import {
  assertDepositable,
  assertEnabled,
  assertHeard,
  audioName,
  mailboxFull,
  newVoicemail,
  presentVoicemail,
  type VoicemailAction,
} from './voicemail.ts';

type VoicemailContext = Context<typeof voicemail>;
type Store = ReturnType<typeof voicemailStore>;
type Named = { readonly id: string };

const entityOf = ({ id }: Named) => ({ type: 'voicemail', id });

/** A mailbox that the caller may see. @throws AppError NOT_FOUND */
async function findMailbox(store: Store, mailbox: string, own: OwnRecords) {
  const read = await store.mailbox(mailbox);
  return found(own.covers(read?.user_id) ? read : undefined, 'Mailbox');
}

/** A message that the caller may see: callers limited to their own records have those of their mailbox. */
async function findMessage(store: Store, id: string, own: OwnRecords) {
  const message = found(await store.get(id), 'Voicemail message');
  const { user_id: owner } = (await store.mailbox(message.mailbox)) ?? {};
  return found(own.covers(owner) ? message : undefined, 'Voicemail message');
}

async function list(request: Request<typeof listVoicemail>, { table }: VoicemailContext) {
  const { query, page: pageOf, own, organization } = request;
  const store = voicemailStore(table);
  const { mailbox } = await findMailbox(store, query.mailbox, own);
  const asked = query.caller?.toLowerCase();
  const contains = (message: Voicemail): boolean =>
    asked === undefined ||
    [message.caller_number, message.caller_name].some((each) => each?.toLowerCase().includes(asked) === true);
  const keep = (message: Voicemail): boolean =>
    message.status !== 'pending' && (query.status ?? message.status) === message.status && contains(message);
  const [messages, counted] = await Promise.all([
    store.page(pageOf(), mailbox, { ...query, keep }),
    store.counts(mailbox),
  ]);
  const { new: unheard, read, saved } = countsOf(counted);
  const items = messages.items.map((message) => presentVoicemail(message, organization.org_id));
  return page({ ...messages, items }, { counts: { new: unheard, read, saved } });
}

async function get(
  { params, own, organization, now }: Request<typeof getVoicemail>,
  { table, links }: VoicemailContext,
) {
  const message = await findMessage(voicemailStore(table), params.id, own);
  assertHeard(message);
  const name = audioName(message);
  const download = await links.downloadOf({ ...audioObject(organization.org_id, message.audio), name }, now);
  return ok({ ...presentVoicemail(message, organization.org_id), download }, { version: message.version });
}

/** The end of a request for a mailbox that is full, which is reported once until it has room again. */
function rejectFull(mailbox: string, isNoted: boolean, record: Recorder) {
  const error = mailboxFull(mailbox);
  if (isNoted) throw error;
  const event = record('voicemail.mailbox_full', fullMailboxDetails(mailbox));
  return commitsThenThrows([recordFullMailbox(mailbox), event], error);
}

/** The room in a mailbox that a message is moved or forwarded to. @throws AppError NOT_FOUND, MAILBOX_DISABLED */
async function roomAt(table: VoicemailContext['table'], mailbox: string) {
  const read = found(await voicemailStore(table).mailbox(mailbox), 'Mailbox');
  assertEnabled(preferencesOf(read));
  return roomIn(table, read);
}

async function deposit(request: Request<typeof depositVoicemail>, { table, links, nextId }: VoicemailContext) {
  const { params, body, own, organization, now, record } = request;
  const store = voicemailStore(table);
  const read = await findMailbox(store, params.id, own);
  const wanted = body();
  assertDepositable(preferencesOf(read), wanted);
  const { mailbox, owners, max, isFull, isNoted } = await roomIn(table, read);
  if (isFull) return rejectFull(mailbox, isNoted, record);
  const message = newVoicemail(wanted, { id: nextId('vm'), mailbox, owners, now });
  const upload = await links.uploadTo(
    { ...audioObject(organization.org_id, message.audio), type: message.content_type, size: message.size },
    now,
  );
  return commits(
    depositWrites(message, organization.org_id, max),
    created(
      { id: message.id, mailbox, status: 'pending' as const, upload: { ...upload, headers: { ...upload.headers } } },
      { message: 'Upload the audio by the link' },
    ),
  );
}

type ActRequest = Request<typeof actOnVoicemail>;

function markMessage(
  { record, now, organization }: ActRequest,
  before: HeardVoicemail,
  action: 'read' | 'unread' | 'save',
) {
  const after = mark(before, action, now.toISOString());
  const type = markingEvent(before, after);
  return commits(
    [...markWrites(before, after), ...(type === undefined ? [] : [record(type, markingDetails(after, action))])],
    ok(presentVoicemail(after, organization.org_id), { version: after.version }),
  );
}

async function move(
  { record, organization }: ActRequest,
  { table }: VoicemailContext,
  before: HeardVoicemail,
  mailbox: string,
) {
  const room = await roomAt(table, mailbox);
  if (mailbox === before.mailbox) return ok(presentVoicemail(before, organization.org_id));
  if (room.isFull) return rejectFull(mailbox, room.isNoted, record);
  const owners = [...new Set([...(before.owners ?? []), ...room.owners])];
  const after = { ...before, mailbox, owners, version: before.version + 1 };
  const event = record('voicemail.moved', {
    entity: entityOf(after),
    description: `Voicemail ${before.id} moved to mailbox ${mailbox}`,
    fields: { mailbox, from: before.mailbox, mailboxes: [before.mailbox, mailbox] },
  });
  return commits(
    [...moveWrites(before, after, room.max), event],
    ok(presentVoicemail(after, organization.org_id), { version: after.version }),
  );
}

type Forwarding = Extract<VoicemailAction, { action: 'forward' }>;

async function forward(
  { record, now }: ActRequest,
  { table, nextId }: VoicemailContext,
  before: HeardVoicemail,
  { mailboxes, comment }: Forwarding,
) {
  const names = [...new Set(mailboxes)];
  const rooms = await Promise.all(names.map((mailbox) => roomAt(table, mailbox)));
  const full = rooms.find(({ isFull }) => isFull);
  if (full !== undefined) return rejectFull(full.mailbox, full.isNoted, record);
  const copies = rooms.map(({ mailbox, owners, max }) => {
    const place = { id: nextId('vm'), mailbox, owners };
    return { max, copy: forwardedCopy(before, { ...place, comment: comment ?? null, now: now.toISOString() }) };
  });
  const forwarded = copies.map(({ copy: { id, mailbox } }) => ({ mailbox, id }));
  return commits(
    [
      ...forwardWrites(before, copies),
      record('voicemail.forwarded', forwardedDetails(before, forwarded)),
      ...copies.map(({ copy }) => record('voicemail.new', newMessageDetails(copy))),
    ],
    ok({ id: before.id, forwarded }),
  );
}

async function act(request: ActRequest, context: VoicemailContext) {
  const { params, body, own } = request;
  const store = voicemailStore(context.table);
  const before = await findMessage(store, params.id, own);
  const wanted = body();
  assertHeard(before);
  switch (wanted.action) {
    case 'move':
      return move(request, context, before, wanted.mailbox);
    case 'forward':
      return forward(request, context, before, wanted);
    case 'read':
    case 'unread':
    case 'save':
      return markMessage(request, before, wanted.action);
  }
}

async function remove({ params, own, now, record }: Request<typeof deleteVoicemail>, { table }: VoicemailContext) {
  const store = voicemailStore(table);
  const message = await findMessage(store, params.id, own);
  const [holds, mailbox] = await Promise.all([holdsOn(table, 'voicemail'), store.mailbox(message.mailbox)]);
  return commits(
    [
      ...deleteWrites(message, { holds, owner: mailbox?.user_id ?? null, now }),
      whileHoldsStay(holds),
      record('voicemail.deleted', deletedMessageDetails(message)),
    ],
    ok({ id: message.id, deleted_at: now.toISOString() }, { message: 'Voicemail deleted successfully' }),
  );
}

/** The function of `/voicemail`. */
export const voicemailHandler = (dependencies = dependenciesFromEnvironment({ links: linksFromEnvironment() })) =>
  serve(
    voicemail,
    {
      [listVoicemail.route]: list,
      [getVoicemail.route]: get,
      [depositVoicemail.route]: deposit,
      [actOnVoicemail.route]: act,
      [deleteVoicemail.route]: remove,
    },
    dependencies,
  );

export const handler = voicemailHandler();
