import { generateSync } from 'otplib';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { testDependencies, type ManualClock } from '#test/support/dependencies.fixture.ts';
import { type AddedUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords } from '#test/support/people.fixture.ts';
import { call, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { change } from '#dynamodb/write.ts';
import type { Store } from '#dynamodb/client.ts';
import { authHandler } from '../auth/handler.ts';
import { twoFactorHandler } from './handler.ts';

/** Log-ins and second factors of people in one store. */
export function peopleWithFactors(store: Store, clock: ManualClock) {
  const secrets = memorySecrets({ 'sealing-keys': '{"generation":0,"key":"made"}' });
  const dependencies = testDependencies(store, { clock, secrets });
  const auth = authHandler(dependencies, fastPasswords());
  const factors = twoFactorHandler(dependencies);

  const logIn = (json: object, more: Call = {}): Promise<Reply> =>
    call(auth, 'POST /auth/{entity}', { params: { entity: 'user' }, json, ...more });
  const logInAs = ({ user, password }: AddedUser, more: object = {}): Promise<Reply> =>
    logIn({ username: user.username, password, ...more });
  const tokenOf = async (person: AddedUser): Promise<string> => (await logInAs(person)).body.data['token'] ?? '';
  const secretOf = async (token: string): Promise<string> =>
    (await call(factors, 'GET /auth/twofactor/secret', { token })).body.data['secret'] ?? '';
  const codeOf = (secret: string): string => generateSync({ secret, epoch: Math.floor(clock.now().getTime() / 1_000) });
  /** Switches a second factor on, and lets its code's step pass. */
  const enable = async (person: AddedUser) => {
    const token = await tokenOf(person);
    const secret = await secretOf(token);
    const reply = await call(factors, 'POST /auth/twofactor', { token, json: { totp_code: codeOf(secret) } });
    clock.advance(60);
    const codes = Array.from<string>(reply.body.data['recovery_codes'] ?? []);
    return { token, secret, codes };
  };
  /** The organization requires second factors from now on. */
  const require = ({ org_id: number, security }: OrganizationItem) =>
    commit(store, number, [change(organizationRow, {}, { set: { security: { ...security, require_2fa: true } } })]);
  return { require, auth, factors, dependencies, logIn, logInAs, tokenOf, secretOf, codeOf, enable };
}
