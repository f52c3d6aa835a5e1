import { expect, test } from 'vitest';
import { basePathsOf } from '../system/cloud.ts';

test('prefixes of paths are tested on one machine and on a custom domain, and not on the generated address', () => {
  expect(basePathsOf({ ApiUrl: 'http://localhost:3000', AwsEndpointUrl: 'http://127.0.0.1:4000' })).toContain('/v1');
  expect(basePathsOf({ ApiUrl: 'https://api.example.com', BasePaths: '/v2,/v1' })).toEqual(['/v2', '/v1']);
  expect(basePathsOf({ ApiUrl: 'https://a1b2.execute-api.eu-west-1.amazonaws.com' })).toEqual([]);
});
