import { sendCalls, waitForCalls, type SentCalls } from './calls.ts';
import { all, ensure, idIn, type DemoContext, type Item } from './ensure.ts';
import { ensureMessages, waitForVoicemail } from './messages.ts';
import { reportsOf, type Gateway } from './plan-messages.ts';
import { rates, resellers, tenants, usersOf, type MadeUser, type Sizes, type Tenant } from './plan.ts';

/** Trunks and gateways. No one answers at their hosts (RFC 2606): they are not pinged, a monitor reports on them. */

const gateways: readonly Gateway[] = [
  { name: 'frankfurt', latency: 24 },
  { name: 'new-york', latency: 95 },
];

/** @param of query of its organization */
type GatewayPlace = { readonly id: string; readonly of: string };

/** What a monitor has seen of a gateway, unless it reported before. */
async function ensureReports({ ask }: DemoContext, gateway: Gateway, at: GatewayPlace): Promise<void> {
  const path = `/sipgwping/${at.id}`;
  const { data } = await ask('GET', `${path}${at.of}`);
  if (data['last_ping'] != null) return;
  for (const { hours, ...report } of reportsOf(gateway)) {
    const time = new Date(Date.now() - hours * 3_600_000).toISOString();
    await ask('POST', `${path}/status/${time}${at.of}`, report);
  }
}

/** The carrier of a reseller: a trunk, and gateways of it. */
async function ensureCarrier(
  context: DemoContext,
  { key, name }: { readonly key: string; readonly name: string },
  id: string,
): Promise<void> {
  const of = `?org_id=${id}`;
  const host = `sip.${key}.example`;
  const trunk: Item = {
    ...{ name: `Carrier of ${name.replace(' (demo)', '')}`, type: 'carrier', host },
    ...{ transport: 'tls', max_channels: 200, codecs: ['OPUS', 'G.722', 'G.711'] },
  };
  await ensure(context.ask, `/siptrunk${of}`, trunk);
  for (const gateway of gateways) {
    const own: Item = { name: `${key}-${gateway.name}`, host: `${gateway.name}.${host}`, ping: { enabled: false } };
    const made = await ensure(context.ask, `/sipgateways${of}`, { ...own, max_channels: 60 });
    await ensureReports(context, gateway, { id: made, of });
  }
}

/** The switch of an office, which is connected by a trunk. */
async function ensureSite({ ask }: DemoContext, { key }: Tenant, id: string): Promise<void> {
  const trunk: Item = { name: 'Office switch', type: 'pbx', host: `pbx.${key}.example`, max_channels: 30 };
  await ensure(ask, `/siptrunk?org_id=${id}`, trunk);
}

/** A user by which a person signs in. */
export type SignIn = { readonly role: string; readonly organization: string; readonly username: string };

/** An organization with its administrator, who is created with it. */
async function ensureOrganization({ ask, passwordOf }: DemoContext, username: string, body: Item): Promise<Item> {
  const found = (await all(ask, '/orgs')).find(({ name }) => name === body['name']);
  if (found !== undefined) return found;
  const admin = { username, password: passwordOf(username) };
  return (await ask('PUT', '/orgs', { ...body, admin })).data;
}

/** What a seller charges, and that a buyer pays by it. */
async function ensureTariff(
  { ask }: DemoContext,
  seller: string,
  buyers: readonly string[],
  tariff: Item,
): Promise<void> {
  const id = await ensure(ask, `/tariffs?org_id=${seller}`, tariff);
  for (const buyer of buyers) {
    const { status, data } = await ask('GET', `/billingprofile/${buyer}`);
    if (status === 404 || data['tariffPlan'] == null)
      await ask('PUT', `/billingprofile/${buyer}`, { tariffPlan: id, creditLimit: 100_000 });
  }
}

async function ensureUsers({ ask, sizes, passwordOf }: DemoContext, tenant: Tenant, id: string): Promise<MadeUser[]> {
  const existing = new Map(
    (await all(ask, `/users?org_id=${id}`)).map((user) => [user['username'], String(user['id'])]),
  );
  const made: MadeUser[] = [];
  for (const [at, user] of usersOf(tenant, sizes).entries()) {
    const { username, first, last, role, extension } = user;
    const password = at < 5 ? { password: passwordOf(username), must_change_password: false } : {};
    const body = { username, first_name: first, last_name: last, display_name: `${first} ${last}`, extension };
    const present = existing.get(username);
    made.push({
      ...user,
      id: present ?? idIn(await ask('PUT', `/users?org_id=${id}`, { ...body, roles: [role], ...password })),
    });
  }
  return made;
}

async function ensurePhones({ ask }: DemoContext, users: readonly MadeUser[], id: string): Promise<void> {
  const existing = new Set(
    (await all(ask, `/devices?org_id=${id}`)).map(({ mac_address: mac }) => String(mac).toLowerCase()),
  );
  for (const { mac, first, last, extension, id: user } of users)
    if (!existing.has(mac))
      await ask('PUT', `/devices/phone?org_id=${id}`, {
        ...{ mac_address: mac, name: `${first}'s phone`, model: 'T46U', manufacturer: 'Yealink', user_id: user },
        lines: [{ extension, label: `${first} ${last}` }],
      });
}

async function ensureNumbers(
  { ask }: DemoContext,
  tenant: Tenant,
  routes: ReadonlyMap<string, Item>,
  id: string,
): Promise<void> {
  const held = await ask('POST', `/numbers/search?org_id=${id}`, { scope: 'own', limit: 100 });
  const existing = new Set(((held.data['data'] ?? []) as Item[]).map(({ number }) => number));
  const kind = { country: tenant.country, type: 'geographic', capabilities: ['voice', 'sms'] };
  for (const [number, route] of routes) {
    if (existing.has(number)) continue;
    // A run before may have put it into the inventory.
    if ((await ask('GET', `/numbers/${number}`)).status === 404)
      await ask('PUT', `/numbers/${number}`, { ...kind, state: 'available' });
    await ask('PUT', `/numbers/${number}?org_id=${id}`, { route });
  }
}

const week = ['mo', 'tu', 'we', 'th', 'fr'];

/** Opening hours, a group that rings in them, and a menu before it. @returns id of the menu */
async function ensureFlow(
  { ask }: DemoContext,
  tenant: Tenant,
  users: readonly MadeUser[],
  id: string,
): Promise<string> {
  const of = `?org_id=${id}`;
  const hours = await ensure(ask, `/schedules${of}`, {
    ...{ name: 'Office hours', time_zone: tenant.timezone, weekly: [{ days: week, from: '09:00', to: '17:30' }] },
    dates: [{ date: '2026-12-25', name: 'Christmas', open: false }],
  });
  const members = users.slice(0, 4).map((user) => ({ user: user.id }));
  await ensure(ask, `/ringgroups${of}`, {
    name: 'Sales',
    extension: '600',
    strategy: 'all',
    ring_seconds: 25,
    members,
  });
  const steps = {
    open: { type: 'time', schedule: hours, open: 'menu', closed: 'closed' },
    menu: {
      ...{
        type: 'menu',
        prompt: { say: `Welcome to ${tenant.name.replace(' (demo)', '')}. Press 1 for sales.` },
        tries: 2,
      },
      ...{ choices: { '1': 'sales' }, timeout: 'sales', invalid: 'sales' },
    },
    sales: { type: 'dial', to: ['600'], ring_seconds: 25, no_answer: 'closed', busy: 'closed', unreachable: 'closed' },
    closed: { type: 'play', prompt: { say: 'We are closed. Please call again.' } },
  };
  return ensure(ask, `/callflows${of}`, { name: 'Main menu', start: 'open', steps });
}

type MadeTenant = { readonly calls: SentCalls; readonly waitForMessages: () => Promise<void> };

/** Users come first, as calls name them; their calls are filed while the rest is made. */
async function fillTenant(
  context: DemoContext,
  tenant: Tenant,
  { id, at }: { id: string; at: number },
): Promise<MadeTenant> {
  const { ask, say } = context;
  const users = await ensureUsers(context, tenant, id);
  const calls = await sendCalls(context, tenant, { id, users, newest: at });
  say(`${tenant.name}: ${users.length} users, ${calls.count} calls are on their way`);
  await ensurePhones(context, users, id);
  await ask('PUT', `/dialplan/template?org_id=${id}`, {
    ...{ name: 'Office', variables: {} },
    rules: [{ priority: 1, pattern: '^([2-6][0-9][0-9])$', action: 'bridge', destination: 'user/$1' }],
  });
  const flow = await ensureFlow(context, tenant, users, id);
  const main = `${tenant.numbers}0200`;
  const routes = new Map<string, Item>([[main, { type: 'flow', id: flow }]]);
  for (const { number, id: user } of users) if (number !== null) routes.set(number, { type: 'user', id: user });
  await ensureNumbers(context, tenant, routes, id);
  const messages = { id, users, main, at };
  await ensureMessages(context, tenant, messages);
  await ensureSite(context, tenant, id);
  say(`${tenant.name}: phones, ${routes.size} numbers and messages`);
  return { calls, waitForMessages: () => waitForVoicemail(context, tenant, messages) };
}

/** Makes what is not there yet. @returns users of each role */
export async function fillDemo(context: DemoContext): Promise<readonly SignIn[]> {
  const { say, sizes } = context;
  const sellers = new Map<string, { readonly id: string; readonly made: number }>();
  for (const { key, ...fields } of resellers) {
    const made = await ensureOrganization(context, `admin.${key}`, { ...fields, type: 'reseller' });
    sellers.set(key, { id: String(made['id']), made: Date.parse(String(made['created_at'])) });
  }
  // All times are reckoned from the first run.
  const at = Math.min(...[...sellers.values()].map(({ made }) => made));
  const ids = [...sellers.values()].map(({ id }) => id);
  const name = 'World';
  await ensureTariff(context, 'org_1000', ids, { name, currency: 'USD', rates: rates(sizes.rates) });
  for (const reseller of resellers) await ensureCarrier(context, reseller, sellers.get(reseller.key)?.id ?? '');
  say(`2 resellers with trunks and gateways, and a tariff of ${sizes.rates} rates`);
  const organizations = new Map<string, string>();
  for (const { key, reseller, name: called, country, timezone } of tenants) {
    const parent_id = sellers.get(reseller)?.id ?? '';
    const made = await ensureOrganization(context, `admin.${key}`, { name: called, country, timezone, parent_id });
    organizations.set(key, String(made['id']));
  }
  for (const [key, { id }] of sellers) {
    const buyers = tenants.filter(({ reseller }) => reseller === key).map((each) => organizations.get(each.key) ?? '');
    await ensureTariff(context, id, buyers, {
      name: 'Retail',
      currency: 'USD',
      rates: rates(Math.min(sizes.rates, 1_000), 140),
    });
  }
  const made = await Promise.all(
    tenants.map((tenant) => fillTenant(context, tenant, { id: organizations.get(tenant.key) ?? '', at })),
  );
  await waitForCalls(
    context,
    made.map(({ calls }) => calls),
  );
  for (const { waitForMessages } of made) await waitForMessages();
  return signIns(sizes);
}

function signIns(sizes: Sizes): readonly SignIn[] {
  const [first] = tenants;
  if (first === undefined) return [];
  return [
    ...resellers.map(({ key, name }) => ({ role: 'reseller', organization: name, username: `admin.${key}` })),
    { role: 'admin', organization: first.name, username: `admin.${first.key}` },
    ...usersOf(first, sizes)
      .slice(1, 5)
      .map(({ role, username }) => ({ role, organization: first.name, username })),
  ];
}
