import { generateSync } from 'otplib';
import { randomSecret } from '#credentials/random.ts';
import { commit } from '#dynamodb/commit.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { credentialRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { passwordResetRow } from '#functions/accounts/rows/password-reset.ts';
import { arrivedFor } from '#functions/accounts/single-sign-on/example-requests.fixture.ts';
import { examples as phoneExamples } from '#functions/calls/phones/examples.ts';
import { listenerAuthenticator } from '#functions/sip-sidecar/event-listeners/authentication.ts';
import type { SidecarContext } from '#functions/sip-sidecar/leases/membership.ts';
import { registrationPermissions } from '#functions/sip-sidecar/registrar/permissions.ts';
import { deviceBody } from '#functions/telephony/devices/example-requests.fixture.ts';
import { anyAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { second } from '#schema/time.ts';
import { newExampleTenant } from '../authorization/example-tenants.ts';
import type { Api } from '../support/api.ts';
import { textAt, type ExampleTenant } from '../support/example-request.ts';
import { json, outcome, uniqueName } from '../system/tenant.fixture.ts';

/** Every way in which a person, a phone or a program comes into the platform, open for accounts that may end then. */

const password = 'Amber-Falcon-Ridge-2';
const newPassword = 'Marble-Kettle-Drum-5';

/** Whether the way is open. A way that works once is used up by it. */
type IsOpen = () => Promise<boolean>;

/** By what it is called. */
type Ways = Readonly<Record<string, IsOpen>>;

type User = { readonly id: string; readonly username: string; readonly email: string };

/** Accounts of one organization: a person, one with a second factor, one without a password, and a program. */
type Accounts = {
  readonly person: User;
  readonly guarded: User;
  readonly invited: User;
  readonly program: User & { readonly client_secret: string };
};

export type Opened = { readonly tenant: ExampleTenant; readonly accounts: Accounts; readonly ways: Ways };

/** Requests outside any organization but that of the credential. */
function requestsOf({ api }: Pick<Api, 'api'>) {
  const send = (method: string, path: string, body?: unknown, token?: string) =>
    api(path, {
      method,
      headers: json,
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { json: body }),
    });
  return {
    ask: async (token: string | undefined, method: string, path: string, body?: unknown): Promise<unknown> => {
      const answer = await send(method, path, body, token);
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${outcome(answer)}`);
      return answer.body;
    },
    posts: async (path: string, body: unknown) => (await send('POST', path, body)).status < 400,
    reads: async (path: string, token?: string) => (await send('GET', path, undefined, token)).status < 400,
  };
}

type Requests = ReturnType<typeof requestsOf>;

async function newAccounts(tenant: ExampleTenant): Promise<Accounts> {
  const newUser = async (more: object) => {
    const [username, email] = [uniqueName('way'), `${uniqueName('way')}@example.com`];
    const made = await tenant.call('PUT', '/users', { username, email, roles: ['manager'], ...more });
    return { made, user: { id: textAt(made, 'data', 'id'), username, email } };
  };
  const person = async () => (await newUser({ password, must_change_password: false })).user;
  const { made, user: program } = await newUser({ type: 'service', roles: [], email: null });
  return {
    person: await person(),
    guarded: await person(),
    invited: (await newUser({})).user,
    program: { ...program, client_secret: textAt(made, 'data', 'client_secret') },
  };
}

const logIn = async ({ ask }: Requests, { username }: User): Promise<string> =>
  textAt(await ask(undefined, 'POST', '/auth/user', { username, password }), 'data', 'token');

/** Log-ins of all kinds; each works. */
async function logIns(requests: Requests, tenant: ExampleTenant, accounts: Accounts): Promise<Ways> {
  const { ask, posts } = requests;
  const { person, guarded, program } = accounts;
  const own = await logIn(requests, guarded);
  const secret = textAt(await ask(own, 'GET', '/auth/twofactor/secret'), 'data', 'secret');
  const enabled = await ask(own, 'POST', '/auth/twofactor', { totp_code: generateSync({ secret }) });
  const waiting = await ask(undefined, 'POST', '/auth/user', { username: guarded.username, password });
  const factor = { recovery_code: textAt(enabled, 'data', 'recovery_codes', '0') };
  const continued = { session_token: textAt(waiting, 'session_token'), ...factor };
  const arrived = await arrivedFor(tenant, person.id);
  const { id: client_id, client_secret } = program;
  return {
    'log-in that waits for its second factor': () => posts('/auth/user', continued),
    'secret of a program': () => posts('/auth/service', { client_id, client_secret }),
    'single sign-on': () => posts('/auth/salesforce', arrived),
    password: () => posts('/auth/user', { username: person.username, password }),
  };
}

/** Links that set a password. Each ends the sessions of its user. */
async function links(requests: Requests, tenant: ExampleTenant, { person, invited }: Accounts): Promise<Ways> {
  const invitation = await tenant.call('POST', `/users/${invited.id}/invitation`, { send: false });
  const link = new URL(textAt(invitation, 'data', 'link'));
  // Only the owner of an address gets the token, so it is stored as the e-mail has it.
  const { store, organization } = tenant;
  const [token, expires_at] = [randomSecret(), Math.floor(Date.now() / second) + 1_800];
  const [hash, user_id] = [secretHash(token), person.id];
  const credential = await tableFor<'credential'>(store, organization).get(credentialRow, { user_id });
  if (credential === undefined) throw new Error('the person has no password');
  const mark = { hash, request: tenant.unique(), expires_at };
  await commit(store, organization, [
    create(passwordResetRow, { hash, user_id, org_id: organization, email: person.email, expires_at }),
    overwrite(credentialRow, { ...credential, password_resets: [mark] }),
  ]);
  const sets = (of: string) => () => requests.posts('/auth/password/reset', { token: of, password: newPassword });
  return {
    'link of an invitation': sets(new URLSearchParams(link.hash.slice(1)).get('token') ?? ''),
    'link for a forgotten password': sets(token),
  };
}

/** A device of the person: the user name of its SIP account, and the path of its file. */
async function newPhone(tenant: ExampleTenant, { person }: Accounts, kind: 'phone' | 'softphone') {
  const body = { ...deviceBody(tenant), user_id: person.id };
  const made = await tenant.call('PUT', `/devices/${kind}`, body);
  const id = textAt(made, 'data', 'id');
  const device = await tableFor<'device'>(tenant.store, tenant.organization).get(deviceRow, { id });
  const [secret = ''] = textAt(made, 'data', 'provisioning_url').split('/').filter(Boolean).slice(-1);
  return {
    username: device?.lines[0]?.sip_username ?? '',
    file: `/provision/${id}/${secret}/${body.mac_address}.json`,
  };
}

/** Who may register, call and listen, as the SIP service decides. @param now its clock */
function sidecarOf({ store }: Pick<Api, 'store'>, now: () => Date) {
  const tableOf: SidecarContext['tableOf'] = (organization) => tableFor(store, organization);
  const context = { tableOf, clock: now };
  const mayRegister = registrationPermissions(context, { admits: async () => true });
  const listen = listenerAuthenticator({
    store,
    context: { ...context, environment: { PUBLIC_URL: 'http://api.trunkline.test' }, random: Math.random },
    guesses: { begin: () => 0, succeed: () => undefined },
    mayRegister,
  });
  return {
    registers: async (sip_username: string): Promise<boolean> => {
      const account = await context.tableOf(0).get(anyAccountRow, { sip_username });
      return account !== undefined && mayRegister(account, { transport: 'ws' });
    },
    listens: (credentials: Parameters<typeof listen>[0]): Promise<boolean> =>
      listen(credentials, '192.0.2.7').then(
        () => true,
        () => false,
      ),
  };
}

/** Opens every way in an organization of its own. @param now the clock of the SIP service */
export async function openWays(api: Api, now: () => Date): Promise<Opened> {
  const tenant = await newExampleTenant(api);
  const accounts = await newAccounts(tenant);
  const requests = requestsOf(api);
  const { registers, listens } = sidecarOf(api, now);
  const { ask, reads } = requests;
  const session = await logIn(requests, accounts.person);
  const key = textAt(await ask(session, 'PUT', '/accesskeys', { name: uniqueName('key') }), 'token');
  const temporary = async (token: string): Promise<string> =>
    textAt(await ask(token, 'POST', '/tempauth', { purpose: 'report_download', ttl: 600 }), 'data', 'temp_token');
  const [ofSession, ofKey] = [await temporary(session), await temporary(key)];
  const line = await ask(session, 'POST', '/Phones', phoneExamples.createPhone);
  const [username, secret] = [textAt(line, 'username'), textAt(line, 'password')];
  const [phone, softphone] = [await newPhone(tenant, accounts, 'phone'), await newPhone(tenant, accounts, 'softphone')];
  const requesting = (token: string) => () => reads('/cdr?limit=1', token);
  const listening = (token: string) => () => listens({ kind: 'token', token });
  return {
    tenant,
    accounts,
    ways: {
      session: requesting(session),
      'access key': requesting(key),
      'temporary token of a session': requesting(ofSession),
      'temporary token of an access key': requesting(ofKey),
      'account of a phone': () => registers(phone.username),
      'account of a softphone': () => registers(softphone.username),
      'phone line': () => registers(username),
      'file of a phone': () => reads(phone.file),
      'listener with a phone line': () => listens({ kind: 'line', username, password: secret }),
      'listener with a session': listening(session),
      'listener with an access key': listening(key),
      ...(await logIns(requests, tenant, accounts)),
      // They end sessions, so they come last.
      ...(await links(requests, tenant, accounts)),
    },
  };
}
