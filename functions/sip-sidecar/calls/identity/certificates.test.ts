import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import {
  stirAuthoritiesRow,
  stirCertificateRow,
  type StirAuthoritiesItem,
} from '#functions/telephony/rows/stir-certificate.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { readChain } from '#stir/certificate.ts';
import { issue, issueList, issueRoot, type Issued } from '#stir/certificates.fixture.ts';
import { privatePem } from '#stir/passport-key.ts';
import { noRevocations, revocationsIn, trustList, type Revocations } from '#stir/revocation-list.ts';
import { sealedKeyOf, type StirCertificate } from '#telephony/stir-certificate.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { anchorsSource, signerSource } from './certificates.ts';

const organization = 1_001;
const running = testStore();
const seals = sealsFrom(rotatedSecret());
const root = issueRoot();
const [first, second] = [issue({ by: root }), issue({ by: root })];
const at = { now: Date.parse('2026-06-01') };
const tableOf: SidecarContext['tableOf'] = (of) => tableFor(running.store, of);
const clock = () => new Date(at.now);

const stored = async (id: string, { pem, key }: Issued, end: string): Promise<StirCertificate> => {
  const of = { id, org_id: organization };
  return {
    ...{ ...of, name: id, chain: pem, chain_id: id, public_key: '', csr: null, spcs: [], version: 1 },
    ...{ not_before: '2026-01-01', not_after: end, created_at: '', updated_at: '' },
    sealed_key: await seals.seal(privatePem(key), sealedKeyOf(of)),
  };
};

beforeAll(async () => {
  const certificates = [await stored('first', first, '2026-12-01'), await stored('second', second, '2026-11-01')];
  await commit(
    running.store,
    organization,
    certificates.map((each) => create(stirCertificateRow, each)),
  );
});

/** What a list that the root signs revokes. */
function revoking(...revoked: readonly Issued[]): Revocations {
  const list = trustList(issueList(root, { revoked }), readChain(root.pem) ?? [], at.now);
  return 'problem' in list ? expect.fail(list.problem) : revocationsIn([list]);
}

test('the certificate that signs is not revoked; one that would sign, and is, is reported', async () => {
  const reported: string[] = [];
  let revocations = noRevocations;
  const signerOf = signerSource({
    ...{ tableOf, clock, seals, publicUrl: 'https://platform.example', revocations: async () => revocations },
    reportRevoked: ({ id }) => void reported.push(id),
  });
  /** Asks after the time for which the last answer is used. */
  const signedBy = async (): Promise<string | undefined> => {
    at.now += 15_000;
    return (await signerOf(organization))?.x5u;
  };
  expect([await signedBy(), reported]).toEqual(['https://platform.example/stir/first.pem', []]);
  revocations = revoking(first);
  expect([await signedBy(), reported]).toEqual(['https://platform.example/stir/second.pem', ['first']]);
  revocations = revoking(first, second);
  expect([await signedBy(), reported]).toEqual([undefined, ['first', 'first', 'second']]);
});

test('a list without issuers of its own is signed by the authorities; the same item is the same array', async () => {
  const other = issueRoot('Administrator');
  const item: StirAuthoritiesItem = {
    ...{ id: 'authorities', certificates: root.pem, created_at: '', updated_at: '', version: 1 },
    revocation_lists: [
      { url: 'https://authority.example/1.crl', issuer: null },
      { url: 'https://authority.example/2.crl', issuer: other.pem },
    ],
  };
  const anchors = anchorsSource({ tableOf, clock });
  expect(await anchors()).toEqual({ authorities: [], lists: [] });
  await commit(running.store, 0, [create(stirAuthoritiesRow, item)]);
  at.now += 60_000;
  const { authorities, lists } = await anchors();
  expect(lists.map(({ issuers }) => issuers.map(String))).toEqual([authorities.map(String), [other.pem]]);
  at.now += 60_000;
  expect((await anchors()).lists).toBe(lists);
});
