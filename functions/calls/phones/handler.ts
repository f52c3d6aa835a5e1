import { randomPassword } from '#credentials/random.ts';
import { isPhoneExpired } from '#dynamodb/rows/phone.ts';
import { defaultDeviceLimit } from '#dynamodb/rows/user.ts';
import { found } from '#errors.ts';
import { commits, created, nothing, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { assertAllowedUrl, outboundFromEnvironment } from '#outbound/outbound.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { sipDomainsOf } from '#schema/domain.ts';
import { isLive, type PhoneLine } from '#schema/phone.ts';
import { newSipUsername } from '#secrets/device-secrets.ts';
import { platformDomain } from '#sip-domain.ts';
import { endEvent, endWrites } from '../rows/phone-end.ts';
import { accountOf } from './phone.ts';
import { createPhone, deletePhone, getPhone, listPhones, phones } from './contract.ts';
import { assertMayHaveLine, newLine, presentLine, presentNewLine } from './phone.ts';
import { createWrites, phoneStore } from './store.ts';

type PhonesContext = Context<typeof phones>;

/** Characters of a password: about 209 bits. */
const passwordLength = 36;

/** The URL of the WebSocket; undefined where the platform has none. */
const webSocketUrl = ({ environment }: Pick<PhonesContext, 'environment'>): string | undefined =>
  environment['WEBSOCKET_URL'];

/** The user of a new line: the caller, unless it is of another organization or a service. */
const userOf = ({ caller, organization }: Request<typeof createPhone>): string | null =>
  caller.type === 'user' && caller.organization === organization.org_id ? caller.id : null;

async function create(request: Request<typeof createPhone>, context: PhonesContext) {
  const { body, organization, now, record } = request;
  const wanted = body();
  const store = phoneStore(context.table);
  const user_id = userOf(request);
  if (typeof wanted.event_callback === 'string')
    await assertAllowedUrl(context.outbound, wanted.event_callback, 'event_callback');
  const [domains, user, count] = await Promise.all([
    store.domains(),
    user_id === null ? undefined : store.user(user_id),
    user_id === null ? 0 : store.countOfUser(user_id, now),
  ]);
  if (user !== undefined) assertMayHaveLine(user, count, defaultDeviceLimit);
  const { domain, realms } = sipDomainsOf(domains.domains, platformDomain(context.environment));
  const line = newLine(wanted, { username: newSipUsername(), org_id: organization.org_id, user_id, domain, now });
  const password = randomPassword(passwordLength);
  return commits(
    [
      ...createWrites(line, accountOf(line, password, realms), domains),
      record('phone.created', {
        entity: { type: 'phone', id: line.username },
        description: `Phone line ${line.username} created`,
        after: line,
        callback_url: line.event_callback ?? undefined,
      }),
    ],
    created(presentNewLine(line, password, webSocketUrl(context))),
  );
}

const read = ({ own, now, page }: Request<typeof listPhones>, { table }: PhonesContext) =>
  phoneStore(table).page(page(), own.limitedTo, (line) => isLive(line, now));

const present = (line: PhoneLine, { now }: Request<typeof listPhones>, context: PhonesContext) =>
  presentLine(line, webSocketUrl(context), now);

/** @throws AppError NOT_FOUND */
async function findLine({ table }: PhonesContext, username: string, now: Date): Promise<PhoneLine> {
  const line = await phoneStore(table).get(username);
  return found(line !== undefined && !isPhoneExpired(line, now) ? line : undefined, 'Phone line');
}

async function get({ params, now }: Request<typeof getPhone>, context: PhonesContext) {
  const line = await findLine(context, params.username, now);
  const bindings = isLive(line, now) ? await phoneStore(context.table).bindings(line.username) : [];
  const at = now.toISOString();
  return ok({
    ...presentLine(line, webSocketUrl(context), now),
    registrations: bindings
      .filter(({ expires_at: expires }) => expires > at)
      .map(({ contact, flow: { transport }, user_agent, expires_at }) => ({
        contact,
        transport,
        user_agent,
        expires_at,
      })),
  });
}

async function end({ params, now, record }: Request<typeof deletePhone>, context: PhonesContext) {
  const line = await findLine(context, params.username, now);
  if (line.ended_at !== null) return nothing;
  return commits([...endWrites(line, now.toISOString()), record('phone.deleted', endEvent(line, 'deleted'))], nothing);
}

/** The function of `/Phones`. */
export const phonesHandler = (dependencies = dependenciesFromEnvironment({ outbound: outboundFromEnvironment() })) =>
  serve(
    phones,
    {
      [createPhone.route]: create,
      [listPhones.route]: listOf(read, present),
      [getPhone.route]: get,
      [deletePhone.route]: end,
    },
    dependencies,
  );

export const handler = phonesHandler();
