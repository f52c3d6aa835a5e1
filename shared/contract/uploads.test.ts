import { expect, test } from 'vitest';
import { BucketNotification, createdKeys } from './uploads.ts';

// Amazon S3 User Guide, "Event message structure".
const notification = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'files' }, object: { key: 'org_1001/files/a+b%2Bc/1', size: 1024, sequencer: '0A1B' } },
    },
  ],
};

test('a notification names the keys of objects, decoded', () => {
  expect(createdKeys(BucketNotification.parse(notification))).toEqual(['org_1001/files/a b+c/1']);
});

test('the test event of a new notification names none', () => {
  const event = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'files' };
  expect(createdKeys(BucketNotification.parse(event))).toEqual([]);
});

test.each([{}, { Records: [] }, { Records: [{ eventSource: 'aws:sns' }] }])(
  'another message is none: %j',
  (message) => {
    expect(BucketNotification.safeParse(message).success).toBe(false);
  },
);
