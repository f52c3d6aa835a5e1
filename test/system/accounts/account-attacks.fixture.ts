import { once } from 'node:events';
import { connect as openSocket } from 'node:net';
import fc from 'fast-check';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { attempts, guarded, newTarget, managerSession, type Target } from '#test/authorization/account-attempts.ts';
import { connect, type Cloud } from '../cloud.ts';
import { requestUpload, send, settled, wav, type UploadedFile } from '../file-uploads.fixture.ts';
import { sharedApi } from '../http-api.ts';
import { peopleIn } from '../people.ts';
import { json, newAdministeredTenant, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Attacks over HTTP on the accounts, files and sessions of an organization, generated, and what must be left of it. */

const actors = ['manager', 'other administrator', 'ended session', 'no one'] as const;
type Actor = (typeof actors)[number];

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** Characters that change how a name is read (Unicode Standard Annex #9), or that are not seen. */
const marks = [
  '\u202a',
  '\u202b',
  '\u202d',
  '\u202e',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u200b',
  '\u200f',
  '\ufeff',
] as const;

/** What a client leaves of a request. */
const halves = ['', 'G', 'GET /health HTTP/1.1\r\n', 'PUT /users HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{'];

const anyAttack = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('account' as const),
      route: fc.constantFrom(...guarded),
      by: fc.constantFrom(...actors),
      prefix: fc.constantFrom(...connect().basePaths, ''),
      organization: fc.constantFrom('none', 'victim', 'other'),
      method: fc.option(fc.constantFrom(...methods)),
      more: fc.dictionary(fc.constantFrom('org_id', 'id', 'role', 'is_admin', 'parent_id'), fc.string(), {
        maxKeys: 2,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('link' as const),
      of: fc.constantFrom('upload', 'download'),
      method: fc.constantFrom(...methods),
      path: fc.constantFrom('own', 'other object', 'bucket', 'encoded'),
      withHeaders: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      by: fc.constantFrom('manager' as const, 'other administrator' as const),
      mark: fc.option(fc.constantFrom(...marks)),
      // At the ends, white space is trimmed.
      at: fc.integer({ min: 1, max: 11 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('foreign file' as const),
      by: fc.constantFrom('other administrator' as const, 'ended session' as const, 'no one' as const),
      method: fc.constantFrom('GET', 'PUT', 'DELETE'),
      organization: fc.constantFrom('none', 'victim', 'other'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('half' as const),
      bytes: fc.constantFrom(...halves),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('session' as const),
      path: fc.constantFrom(...['/users', '/files', '/auth/session']),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('misspelt' as const),
      at: fc.nat(5),
      letter: fc.constantFrom('q', 'x', 'z', 'w'),
    }),
  },
);
type Attack = typeof anyAttack extends fc.Arbitrary<infer Value> ? Value : never;
type Of<Kind extends Attack['kind']> = Extract<Attack, { kind: Kind }>;

const sound = (name: string, size: number) => ({ name, kind: 'greeting', content_type: 'audio/wav', size });

/** Whether an attack reaches what is the attacker's own: contacts of its directory may have any id. */
const isOfOneself = (attack: Attack): boolean =>
  attack.kind === 'account' &&
  attack.by === 'other administrator' &&
  attack.organization !== 'victim' &&
  attack.route.includes('/clientdirectory/');

/** What is left of an answer that is given again: links and times differ. */
const lasting = (body: unknown): unknown =>
  JSON.parse(
    JSON.stringify(body, (name, value: unknown) =>
      ['download', 'request_id', 'timestamp', 'last_used_at'].includes(name) ? undefined : value,
    ),
  );

/** An organization with an administrator, a file and an open upload, those that attack it, and another one. */
export class Victim {
  readonly #cloud: Cloud = connect();
  readonly #tenant: AdministeredTenant;
  readonly #other: AdministeredTenant;
  readonly #target: Target;
  readonly #tokens: Readonly<Record<Actor, string>>;
  readonly #file: UploadedFile;
  readonly #upload: UploadedFile;

  private constructor(of: {
    tenant: AdministeredTenant;
    other: AdministeredTenant;
    target: Target;
    tokens: Readonly<Record<Actor, string>>;
    file: UploadedFile;
    upload: UploadedFile;
  }) {
    this.#tenant = of.tenant;
    this.#other = of.other;
    this.#target = of.target;
    this.#tokens = of.tokens;
    this.#file = of.file;
    this.#upload = of.upload;
  }

  static async open(): Promise<Victim> {
    const cloud = connect();
    const tenant = await newAdministeredTenant('victim');
    const other = await newAdministeredTenant('other');
    await tenant.ask('POST', `/users/${tenant.userId}`, { extension: '4001' });
    const people = peopleIn(cloud.outputs);
    const ended = await people.signIn(await people.join(tenant.organization, 'admin'), { revoked: true });
    const bytes = wav(1_000);
    const requested = await requestUpload(cloud, tenant.token, sound(uniqueName('sound'), bytes.length));
    expect(await send(requested, bytes)).toBe(200);
    const { download } = await settled(cloud, tenant.token, requested.id);
    return new Victim({
      ...{ tenant, other, target: await newTarget(sharedApi(), tenant, 'admin') },
      tokens: {
        manager: await managerSession(sharedApi(), tenant),
        'other administrator': other.token,
        'ended session': ended,
        'no one': 'none',
      },
      file: { ...requested, download },
      upload: await requestUpload(cloud, tenant.token, sound(uniqueName('sound'), bytes.length)),
    });
  }

  /** All that the attacks could change, as its own administrator reads it. */
  async state(): Promise<unknown> {
    const { user, group, other } = this.#target;
    const paths = [
      ...[`/users/${user}`, `/permissions/${user}`, `/userforeignid/${this.#tenant.id}/${user}`],
      ...[`/accesskeys?user_id=${user}`, `/clientaccess/${user}`, `/clientdirectory/${user}`],
      ...[`/subscriptions/blf/${user}`, `/groups/${group}`, `/groups/${other}`, `/auth/salesforce/${this.#tenant.id}`],
      ...[`/files/${this.#file.id}`, `/files/${this.#upload.id}`, '/files', '/users'],
    ];
    return Promise.all(
      paths.map(async (path) => {
        const { status, body } = await this.#tenant.ask('GET', path);
        return { path, status, body: lasting(body) };
      }),
    );
  }

  /** Makes the attacks of a seed. @returns their number */
  async withstand(seed: number, count: number): Promise<number> {
    const before = await this.state();
    const attacks = fc.sample(anyAttack, { seed, numRuns: count });
    for (const attack of attacks) await this.#make(attack, `seed ${seed}: ${JSON.stringify(attack)}`);
    expect(await this.state(), `seed ${seed}`).toEqual(before);
    const bytes = await (await fetch(this.#file.download.url)).arrayBuffer();
    expect(bytes.byteLength, `seed ${seed}`).toBe(1_000);
    return attacks.length;
  }

  async #make(attack: Attack, what: string): Promise<void> {
    if (attack.kind === 'half') return this.#leaveHalf(attack, what);
    if (attack.kind === 'session') return this.#endSession(attack, what);
    if (attack.kind === 'misspelt') return this.#misspell(attack, what);
    const status = await this.#statusOf(attack);
    if (isOfOneself(attack)) return;
    expect(status, what).toBeGreaterThanOrEqual(400);
    expect(status, what).toBeLessThan(500);
  }

  #statusOf(attack: Of<'account' | 'link' | 'file' | 'foreign file'>): Promise<number> {
    if (attack.kind === 'link') return this.#statusOfLink(attack);
    if (attack.kind === 'account') return this.#statusOfChange(attack);
    if (attack.kind === 'file') {
      const name = attack.mark === null ? 'call' : `${'invoice.exe'.slice(0, attack.at)}${attack.mark}gpj.exe`;
      const body = { ...sound(name, 10), ...(attack.mark === null ? { kind: 'recording' } : {}) };
      return this.#ask('PUT', '/files/new', attack.by, body);
    }
    const path = `/files/${this.#file.id}${this.#query(attack.organization)}`;
    return this.#ask(attack.method, path, attack.by, attack.method === 'PUT' ? sound('taken', 10) : undefined);
  }

  async #ask(method: string, path: string, by: Actor, body?: unknown): Promise<number> {
    const { status } = await this.#cloud.api(path, {
      method,
      headers: json,
      token: this.#tokens[by],
      ...(body === undefined ? {} : { json: body }),
    });
    return status;
  }

  #query(organization: string): string {
    if (organization === 'none') return '';
    return `?org_id=${organization === 'victim' ? this.#tenant.id : this.#other.id}`;
  }

  async #statusOfChange({ route, by, prefix, organization, method, more }: Of<'account'>): Promise<number> {
    const [declared = ''] = route.split(' ');
    const body = attempts[route]?.json?.(this.#target);
    const path = `${prefix}${attempts[route]?.path(this.#target)}${this.#query(organization)}`;
    const { status } = await this.#cloud.api(path, {
      method: declared,
      headers: { ...json, ...(method === null ? {} : { 'x-http-method-override': method }) },
      token: this.#tokens[by],
      ...(body === undefined ? {} : { json: { ...more, ...body } }),
    });
    return status;
  }

  /** What the signature of a link does not cover. A download by its own link is left out. */
  async #statusOfLink({ of, method, path, withHeaders }: Of<'link'>): Promise<number> {
    const { url, headers } = this.#upload.upload;
    const link = new URL(of === 'upload' ? url : this.#file.download.url);
    const [, bucket = ''] = link.pathname.split('/');
    const others = new URL(of === 'upload' ? this.#file.download.url : url).pathname;
    if (path !== 'own')
      link.pathname = { 'other object': others, bucket: `/${bucket}`, encoded: `${link.pathname}%2e` }[path];
    const isSigned = path === 'own' && (of === 'upload' ? method === 'PUT' : method === 'GET');
    const isBodied = !['GET', 'HEAD'].includes(method);
    const { status } = await fetch(link, {
      method: isSigned ? 'DELETE' : method,
      ...(isBodied && !isSigned ? { body: 'taken' } : {}),
      headers: withHeaders && !isBodied ? { 'content-type': headers['Content-Type'] ?? '' } : {},
    });
    return status;
  }

  async #leaveHalf({ bytes, count }: Of<'half'>, what: string): Promise<void> {
    const { hostname, port } = new URL(this.#cloud.outputs.ApiUrl);
    const sockets = Array.from({ length: count }, () =>
      openSocket(Number(port), hostname).on('error', () => undefined),
    );
    for (const socket of sockets) socket.write(bytes);
    expect((await this.#tenant.ask('GET', '/auth/session')).status, what).toBe(200);
    for (const socket of sockets) socket.destroy();
  }

  /** A session that its user ends is of no use from then on: over HTTP, and to a WebSocket that it has opened. */
  async #endSession({ path }: Of<'session'>, what: string): Promise<void> {
    const people = peopleIn(this.#cloud.outputs);
    const token = await people.signIn(await people.join(this.#other.organization, 'admin'));
    const client = new WebSocket(`${this.#cloud.outputs['WebSocketUrl'] ?? ''}?access_token=${token}`, ['events']);
    client.on('error', () => undefined);
    const received: string[] = [];
    client.on('message', (message: Buffer) => received.push(message.toString()));
    await once(client, 'open');
    const closed = once(client, 'close');
    expect((await this.#cloud.api('/auth', { method: 'DELETE', headers: json, token })).status, what).toBe(200);
    expect((await this.#cloud.api(path, { headers: json, token })).status, what).toBe(401);
    const made = texts(await this.#other.ask('PUT', '/groups', { name: uniqueName('secret') }))['id'] ?? '';
    await closed;
    expect(
      received.filter((each) => each.includes(made)),
      what,
    ).toEqual([]);
  }

  /** A field with a letter too many is named, with the one that was meant. */
  async #misspell({ at, letter }: Of<'misspelt'>, what: string): Promise<void> {
    const name = `${'status'.slice(0, at)}${letter}${'status'.slice(at)}`;
    const { body } = await this.#tenant.ask('GET', `/users?${name}=active`);
    const warning = `The parameter ${name} is unknown and has no effect; did you mean status?`;
    expect(body, what).toMatchObject({ warnings: [warning] });
  }
}
