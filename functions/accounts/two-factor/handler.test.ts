import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock } from '#test/support/dependencies.fixture.ts';
import { addOrganization, addService, addUser } from '#test/support/accounts.fixture.ts';
import { eventOf } from '#test/support/requests.fixture.ts';
import { call, outcome, outcomes, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { peopleWithFactors } from './two-factor.fixture.ts';

const stores = testStore();
let people: ReturnType<typeof peopleWithFactors>;
const clock = manualClock();

beforeAll(async () => {
  people = peopleWithFactors(stores.store, clock);
});

const begin = (token: string, more: Call = {}): Promise<Reply> =>
  call(people.factors, 'GET /auth/twofactor/secret', { token, ...more });
const confirm = (token: string, code: string): Promise<Reply> =>
  call(people.factors, 'POST /auth/twofactor', { token, json: { totp_code: code } });
const disable = (token: string, of: Call): Promise<Reply> =>
  call(people.factors, 'DELETE /auth/twofactor', { token, ...of });
const shownCode = expect.stringMatching(/^[a-z2-7]{5}-[a-z2-7]{5}$/) as string;
const isAlive = async (token: string): Promise<boolean> =>
  (await call(people.auth, 'GET /auth/session', { token })).status === 200;

describe('a set-up', () => {
  test('shows its secret for 10 minutes, the same at each request of its session', async () => {
    const person = await addUser(stores.store, 'begins', { email: 'begins@example.com' });
    const token = await people.tokenOf(person);
    const first = await begin(token);
    expect(first.body).toEqual({
      status: 'success',
      success: true,
      data: {
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
        algorithm: 'SHA1',
        digits: 6,
        period: 30,
        issuer: 'Platform',
        account_name: 'begins@example.com',
        provisioning_uri: expect.stringContaining(`secret=${first.body.data['secret']}`),
        expires_at: new Date(clock.now().getTime() + 600_000).toISOString(),
      },
    });
    expect(first.headers['cache-control']).toBe('no-store');
    expect((await begin(token)).body).toEqual(first.body);
    clock.advance(601);
    expect((await begin(token)).body.data['secret']).not.toBe(first.body.data['secret']);
  });

  test('belongs to the session that began it; restart=true takes over with a new secret', async () => {
    const person = await addUser(stores.store, 'two-sessions');
    const [one, other] = [await people.tokenOf(person), await people.tokenOf(person)];
    const secret = await people.secretOf(one);
    expect(outcomes([await begin(other), await confirm(other, people.codeOf(secret))])).toEqual([
      '409 TWO_FACTOR_SETUP_IN_PROGRESS',
      '409 NO_PENDING_SETUP',
    ]);
    const again = await begin(other, { query: { restart: 'true' } });
    expect(outcomes([await confirm(one, people.codeOf(secret)), await begin(one)])).toEqual([
      '409 NO_PENDING_SETUP',
      '409 TWO_FACTOR_SETUP_IN_PROGRESS',
    ]);
    expect(outcome(await confirm(other, people.codeOf(again.body.data['secret'] ?? '')))).toBe('200');
  });

  test('is shown as an image, or as a data URL to a client that asks for JSON', async () => {
    const token = await people.tokenOf(await addUser(stores.store, 'image'));
    const secret = await people.secretOf(token);
    const barcode = (query: Record<string, string>, accept: string) =>
      people.factors(
        eventOf('GET /auth/twofactor/barcode', { query, headers: { authorization: `Bearer ${token}`, accept } }),
        context,
      );
    const [png, svg, json] = [
      await barcode({}, '*/*'),
      await barcode({ format: 'svg', size: '500' }, 'image/*'),
      await barcode({}, 'application/json'),
    ];
    expect([png, svg, json].map(({ headers }) => headers?.['Content-Type'])).toEqual([
      'image/png',
      'image/svg+xml',
      'application/json',
    ]);
    expect(
      Buffer.from(png.body ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(svg.body).toContain('<svg');
    const { data } = JSON.parse(json.body ?? '') as Reply['body'];
    expect(data['barcode_url']).toBe(`data:image/png;base64,${png.body}`);
    expect(data['provisioning_uri']).toContain(secret);
    const wrong = await barcode({ size: '99' }, 'application/json');
    expect([wrong.statusCode, wrong.body]).toEqual([400, expect.stringContaining('INVALID_PARAMETER')]);
  });

  test('is confirmed by a code only, and ends the other sessions', async () => {
    const person = await addUser(stores.store, 'confirms');
    const [token, other] = [await people.tokenOf(person), await people.tokenOf(person)];
    const secret = await people.secretOf(token);
    expect(outcome(await confirm(token, '000000'))).toBe('422 INVALID_TOTP_CODE');
    const enabled = await confirm(token, people.codeOf(secret));
    expect(enabled.body).toEqual({
      success: true,
      data: {
        enabled: true,
        enabled_at: clock.now().toISOString(),
        recovery_codes: Array.from({ length: 10 }, () => shownCode),
      },
    });
    expect(new Set(enabled.body.data['recovery_codes']).size).toBe(10);
    expect([await isAlive(token), await isAlive(other)]).toEqual([true, false]);
    expect(outcomes([await begin(token), await confirm(token, people.codeOf(secret))])).toEqual([
      '403 TWO_FACTOR_ENABLED',
      '403 TWO_FACTOR_ENABLED',
    ]);
    // The code that confirmed is used.
    expect(outcome(await people.logInAs(person, { totp_code: people.codeOf(secret) }))).toBe('401 INVALID_TOTP_CODE');
  });

  test('is for people with a session only', async () => {
    await addService(stores.store, 'svc_robot', { secret: 'sk_robot' });
    const service = await call(people.auth, 'POST /auth/{entity}', {
      params: { entity: 'service' },
      json: { client_id: 'svc_robot', client_secret: 'sk_robot' },
    });
    const token = service.body.data['access_token'] ?? '';
    expect(outcomes([await begin(token), await confirm(token, '1'), await disable(token, {})])).toEqual([
      '403 USER_SESSION_REQUIRED',
      '403 USER_SESSION_REQUIRED',
      '403 USER_SESSION_REQUIRED',
    ]);
  });
});

describe('the second factor', () => {
  test('is switched off with a code or a recovery code, in body or query', async () => {
    const [one, other] = [await addUser(stores.store, 'off-by-code'), await addUser(stores.store, 'off-by-recovery')];
    const [first, second] = [await people.enable(one), await people.enable(other)];
    const off = [
      await disable(first.token, { json: { totp_code: people.codeOf(first.secret) } }),
      await disable(second.token, { query: { recovery_code: second.codes[9] ?? '' } }),
    ];
    expect(off.map(({ body }) => body)).toEqual(
      off.map(() => ({
        success: true,
        message: 'Two-factor authentication disabled successfully',
        data: { enabled: false, disabled_at: clock.now().toISOString() },
      })),
    );
    expect(outcomes([await people.logInAs(one), await disable(first.token, { json: { totp_code: '1' } })])).toEqual([
      '200',
      '409 TWO_FACTOR_NOT_ENABLED',
    ]);
    const events = (await eventsOf(stores.store, 1000)).filter(({ entity }) => entity.id === other.user.id);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['auth.2fa.enabled', 'auth.2fa.recovery_used', 'auth.2fa.disabled']),
    );
  });

  test('stays on after a wrong code; the fifth locks the name', async () => {
    const { token, secret } = await people.enable(await addUser(stores.store, 'off-by-guessing'));
    const guesses: Reply[] = [];
    for (let at = 0; at < 5; at += 1) guesses.push(await disable(token, { json: { totp_code: '000000' } }));
    expect(outcomes(guesses)).toEqual(guesses.map(() => '422 INVALID_TOTP_CODE'));
    expect(outcome(await disable(token, { json: { totp_code: people.codeOf(secret) } }))).toBe('403 ACCOUNT_LOCKED');
  });

  test('stays on where the organization requires it', async () => {
    const organization = await addOrganization(stores.store, 4201);
    const person = await addUser(stores.store, 'obliged', { organization: organization.org_id });
    const { token, secret } = await people.enable(person);
    await people.require(organization);
    const reply = await disable(token, { json: { totp_code: people.codeOf(secret) } });
    expect(outcome(reply)).toBe('403 TWO_FACTOR_REQUIRED_BY_ORG');
  });

  test('needs exactly one code to be switched off', async () => {
    const { token } = await people.enable(await addUser(stores.store, 'which-code'));
    expect(
      outcomes([
        await disable(token, {}),
        await disable(token, { json: { totp_code: '1' }, query: { recovery_code: 'a' } }),
      ]),
    ).toEqual(['400 MISSING_FIELD', '400 AMBIGUOUS_CREDENTIALS']);
  });
});

const context = { functionName: 'test', awsRequestId: 'test-request' } as Parameters<typeof people.factors>[1];
