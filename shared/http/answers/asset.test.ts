import { expect, test } from 'vitest';
import { acceptsGzip } from './asset.ts';

test.each(['gzip', 'gzip, deflate, br, zstd', 'br;q=1.0, GZIP;q=0.5', 'x-gzip', '*', 'identity;q=0.5, *;q=0.1'])(
  'Accept-Encoding %j accepts gzip',
  (header) => {
    expect(acceptsGzip(header)).toBe(true);
  },
);

test.each([undefined, '', 'identity', 'br', 'gzip;q=0', '*;q=0', 'gzip;q=0, *', 'gzip;q=nonsense'])(
  'Accept-Encoding %j does not accept gzip',
  (header) => {
    expect(acceptsGzip(header)).toBe(false);
  },
);
