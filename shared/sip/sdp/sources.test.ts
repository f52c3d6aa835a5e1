import { expect, test } from 'vitest';
import { withoutSources } from './sources.ts';

const lines = (...text: readonly string[]): string => [...text, ''].join('\r\n');

test('sources are not named, and all else stays', () => {
  const sdp = lines(
    'v=0',
    'm=audio 9 RTP/AVP 0',
    'a=ssrc:1 cname:x',
    'a=ssrc-group:FID 1 2',
    'a=mid:0',
    'a=ssrc:2 msid:y',
  );
  expect(withoutSources(sdp)).toBe(lines('v=0', 'm=audio 9 RTP/AVP 0', 'a=mid:0'));
  expect(withoutSources(lines('v=0', 'a=ssrcs:1', 's=a=ssrc:1'))).toBe(lines('v=0', 'a=ssrcs:1', 's=a=ssrc:1'));
});
