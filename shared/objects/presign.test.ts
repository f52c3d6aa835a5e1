import { expect, test } from 'vitest';
import { presign } from './presign.ts';

// Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters", example.
test('a link has the signature of the example of AWS', async () => {
  const link = await presign(
    { method: 'GET', url: new URL('https://examplebucket.s3.amazonaws.com/test.txt') },
    {
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
      region: 'us-east-1',
      at: new Date('2013-05-24T00:00:00Z'),
      seconds: 86_400,
    },
  );
  expect(Object.fromEntries(link.searchParams)).toEqual({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
    'X-Amz-Date': '20130524T000000Z',
    'X-Amz-Expires': '86400',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  });
});
