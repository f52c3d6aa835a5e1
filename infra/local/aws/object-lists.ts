import type { AwsAnswer } from './aws-call.ts';
import type { StoredVersion } from './object-versions.ts';
import { xml, xmlText } from './objects.ts';

/** Lists of a bucket with versions (Amazon S3 API Reference, "ListObjectsV2" and "ListObjectVersions"). */

const limitOf = (query: URLSearchParams): number => Math.min(1_000, Number(query.get('max-keys') ?? 1_000));

const isNewest = (stored: StoredVersion, at: number, all: readonly StoredVersion[]): boolean =>
  all[at - 1]?.key !== stored.key;

const element = (name: string, value: string | number | boolean): string =>
  `<${name}>${xmlText(String(value))}</${name}>`;

const factsOf = ({ key, modified, etag, size, storageClass }: StoredVersion): string =>
  [
    element('Key', key),
    element('LastModified', modified),
    element('ETag', etag),
    element('Size', size),
    element('StorageClass', storageClass),
  ].join('');

/** A page of objects by key. A page continues after a key, which is its token. */
export function listObjects(all: readonly StoredVersion[], bucket: string, query: URLSearchParams): AwsAnswer {
  const [prefix, after] = [
    query.get('prefix') ?? '',
    query.get('continuation-token') ?? query.get('start-after') ?? '',
  ];
  const wanted = all.filter(isNewest).filter(({ key, marker }) => !marker && key.startsWith(prefix) && key > after);
  const page = wanted.slice(0, limitOf(query));
  const isCut = page.length < wanted.length;
  return xml(
    'ListBucketResult',
    [
      element('Name', bucket),
      element('Prefix', prefix),
      element('KeyCount', page.length),
      element('IsTruncated', isCut),
      isCut ? element('NextContinuationToken', page.at(-1)?.key ?? '') : '',
      ...page.map((stored) => `<Contents>${factsOf(stored)}</Contents>`),
    ].join(''),
  );
}

/** A page of versions by key, the newest first. */
export function listVersions(all: readonly StoredVersion[], bucket: string, query: URLSearchParams): AwsAnswer {
  const [prefix, key, version] = ['prefix', 'key-marker', 'version-id-marker'].map((name) => query.get(name) ?? '');
  const wanted = all
    .map((stored, at) => ({ stored, newest: isNewest(stored, at, all) }))
    .filter(({ stored }) => stored.key.startsWith(prefix ?? ''))
    .filter(
      ({ stored }) =>
        stored.key > (key ?? '') || (stored.key === key && version !== '' && stored.version < (version ?? '')),
    );
  const page = wanted.slice(0, limitOf(query));
  const last = page.at(-1)?.stored;
  const isCut = page.length < wanted.length && last !== undefined;
  return xml(
    'ListVersionsResult',
    [
      element('Name', bucket),
      element('Prefix', prefix ?? ''),
      element('IsTruncated', isCut),
      isCut ? element('NextKeyMarker', last.key) + element('NextVersionIdMarker', last.version) : '',
      ...page.map(({ stored, newest }) => {
        const name = stored.marker ? 'DeleteMarker' : 'Version';
        const { key: of, modified } = stored;
        const facts = stored.marker ? element('Key', of) + element('LastModified', modified) : factsOf(stored);
        return `<${name}>${facts}${element('VersionId', stored.version)}${element('IsLatest', newest)}</${name}>`;
      }),
    ].join(''),
  );
}
