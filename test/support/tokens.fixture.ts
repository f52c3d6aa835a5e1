import { exportJWK, generateKeyPair, type CryptoKey, type JWTPayload } from 'jose';
import { tokenAudience } from '#signing/token.ts';
import { issuer, noon } from './dependencies.fixture.ts';

/** Signing keys and the claims of session tokens. */

const seconds = Math.floor(noon.getTime() / 1_000);

/** A key pair with an id; `jwk` is its public half as the platform publishes it. */
export async function keyPair(kid: string): Promise<{
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: { kty: string; crv: string; x: string; y: string };
}> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const { kty = '', crv = '', x = '', y = '' } = await exportJWK(publicKey);
  return { kid, privateKey, jwk: { kty, crv, x, y } };
}

export const publishedKey = ({ kid, jwk }: Awaited<ReturnType<typeof keyPair>>, generation = 1) => ({
  generation,
  kid,
  jwk,
  created_at: noon.toISOString(),
  active_from: noon.toISOString(),
});

/** The claims of a valid session token. */
export const claimsOf = (organization: number, user: string, session: string): JWTPayload => ({
  iss: issuer,
  aud: tokenAudience,
  sub: user,
  org: `org_${organization}`,
  sid: session,
  jti: 'jti_1',
  scopes: [],
  iat: seconds,
  exp: seconds + 3_600,
});
