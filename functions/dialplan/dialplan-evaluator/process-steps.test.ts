import { expect, test } from 'vitest';
import { unknownUser } from './process-steps.ts';

test('an unknown user is reported with the field that names it', () => {
  expect(unknownUser('calls[2].user_id')).toMatchObject({
    code: 'UNKNOWN_USER',
    details: [{ path: 'calls[2].user_id' }],
  });
});
