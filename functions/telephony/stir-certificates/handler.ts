import { AppError, found, notFound } from '#errors.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { document, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { commitUpdate, deleteOf, getOf, listOf, saveOf, type ById } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { assertAllowedUrl, outboundFromEnvironment } from '#outbound/outbound.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { writeCertificateRequest } from '#stir/certificate-request.ts';
import { newPassportKey, privatePem } from '#stir/passport-key.ts';
import { sealedKeyOf } from '#telephony/stir-certificate.ts';
import type { StirAuthoritiesItem, StirCertificateItem } from '../rows/stir-certificate.ts';
import { loggedAuthorities, presentAuthorities, saveAuthorities } from './authorities.ts';
import {
  loggedCertificate,
  newCertificate,
  presentCertificate,
  replaceCertificate,
  type MakeKey,
} from './certificate.ts';
import {
  deleteStirCertificate,
  getStirAuthorities,
  getStirCertificate,
  getStirChain,
  listStirCertificates,
  saveStirAuthorities,
  saveStirCertificate,
  stirCertificates,
} from './contract.ts';
import { authoritiesWrites, certificateWrites, chainWrites, prefetch, stirStore } from './store.ts';

type StirContext = Context<typeof stirCertificates>;

const audit = auditOf('stircertificate', {
  noun: 'Certificate',
  describe: describeByName('STIR certificate'),
  logged: (certificate: StirCertificateItem) => loggedCertificate(certificate),
});

const authoritiesAudit = auditOf('stirauthorities', {
  noun: 'List of authorities',
  describe: () => 'List of STIR authorities replaced',
  logged: (item: StirAuthoritiesItem) => loggedAuthorities(item),
});

const present = (certificate: StirCertificateItem, { now }: { readonly now: Date }) =>
  presentCertificate(certificate, now.toISOString());

/** @throws AppError NOT_FOUND */
const find = async ({ params }: ById, { table }: StirContext): Promise<StirCertificateItem> =>
  found(await stirStore(table).get(params.id), 'Certificate');

const read = ({ page: pageOf }: Request<typeof listStirCertificates>, { table }: StirContext) =>
  stirStore(table).page(pageOf(), () => true);

const makeKey: MakeKey = (subject) => {
  const key = newPassportKey();
  return { key, csr: writeCertificateRequest(subject, key) };
};

/** The certificate that the request wants, with its key sealed. */
const decideWith =
  ({ seal }: Pick<Seals, 'seal'>) =>
  async (
    before: StirCertificateItem | undefined,
    { body, now: date, organization }: Request<typeof saveStirCertificate>,
    { nextId }: StirContext,
  ): Promise<StirCertificateItem> => {
    const now = date.toISOString();
    const wanted = body();
    const { certificate, key } =
      before === undefined
        ? newCertificate(wanted, { id: nextId('stircert'), organization: organization.org_id, now }, makeKey)
        : replaceCertificate(before, wanted, now, makeKey);
    if (key === undefined) return { ...certificate, sealed_key: before?.sealed_key ?? '' };
    return { ...certificate, sealed_key: await seal(privatePem(key), sealedKeyOf(certificate)) };
  };

async function saveList(request: Request<typeof saveStirAuthorities>, { table, outbound }: StirContext) {
  const { caller, body, now, recordIn, pinnedVersion } = request;
  if (caller.reach !== 'all')
    throw new AppError('OPERATOR_ONLY', 'Only the operator says which authorities are trusted');
  const before = await stirStore(table).authorities();
  const wanted = body();
  for (const [at, { url }] of (wanted.revocation_lists ?? []).entries())
    await assertAllowedUrl(outbound, url, `revocation_lists[${at}].url`);
  const after = saveAuthorities(before, wanted, now.toISOString());
  return commitUpdate(
    authoritiesAudit,
    { record: recordIn(operatorOrganization), pinnedVersion },
    { before: before ?? { ...after, certificates: '', version: 0 }, after },
    { writes: authoritiesWrites(before, after), shown: presentAuthorities(after) },
  );
}

/** A year, the longest time that caches use (RFC 9111 §5.2.2.1). */
const forEver = { 'Cache-Control': 'public, max-age=31536000, immutable' };

async function getChain({ params }: Request<typeof getStirChain>, { table }: StirContext) {
  const item = await stirStore(table).chain(params.file.replace('.pem', ''));
  if (item === undefined) throw notFound('Chain');
  return document('application/pem-certificate-chain', item.chain, forEver);
}

/** The function of `/stir`. @throws Error without secrets, which seal the keys */
export function stirCertificatesHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({
    secrets: secretsFromEnvironment(),
    outbound: outboundFromEnvironment(),
  }),
) {
  if (dependencies.secrets === undefined) throw new Error('sealing the keys of certificates needs secrets');
  return serve(
    stirCertificates,
    {
      [listStirCertificates.route]: listOf(read, present),
      [getStirCertificate.route]: getOf(find, present),
      [saveStirCertificate.route]: saveOf(audit, {
        find,
        decide: decideWith(sealsFrom(dependencies.secrets)),
        conclude: (before, after) => ({
          writes: [...certificateWrites(before, after), ...chainWrites(before, after)],
        }),
        present,
      }),
      [deleteStirCertificate.route]: deleteOf(audit, find, (certificate) => ({
        writes: certificateWrites(certificate, undefined),
      })),
      [getStirAuthorities.route]: async (_request, { table }) => {
        const list = await stirStore(table).authorities();
        return ok(presentAuthorities(list), { version: list?.version ?? 0 });
      },
      [saveStirAuthorities.route]: saveList,
      [getStirChain.route]: getChain,
    },
    { ...dependencies, prefetch },
  );
}

export const handler = stirCertificatesHandler();
