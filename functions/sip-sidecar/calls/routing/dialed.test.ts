import { expect, test } from 'vitest';
import { uriOf } from '#sip/values.fixture.ts';
import { dialedIn } from './dialed.ts';

test.each([
  ['sip:+33-970-00-00-01;npdi;rn=+33600000001@pbx.example.com;user=phone', '+33970000001'],
  ['sips:202:secret@pbx.example.com', '202'],
  ['sip:pbx.example.com', ''],
  ['tel:0970000001;phone-context=+33;ext=4', '+33970000001'],
  ['tel:112;phone-context=+33', '112'],
  ['mailto:ann@example.com', ''],
])('the URI %s dials %j', (uri, dialed) => {
  expect(dialedIn(uriOf(uri))).toBe(dialed);
});
