import { expect, test } from 'vitest';
import { isSameUri } from './uri-equality.ts';
import { uriOf } from './values.fixture.ts';

test.each([
  ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
  ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
  [
    'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
    'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
  ],
  [
    'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
    'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
  ],
  ['sip:a@[2001:db8::1]', 'sip:a@[2001:DB8:0::1]'],
  ['tel:+1-201-555-0123', 'tel:+12015550123'],
  ['tel:7042;phone-context=example.com', 'tel:7042;phone-context=EXAMPLE.com'],
])('%s equals %s (RFC 3261 §19.1.4)', (one, other) =>
  expect([isSameUri(uriOf(one), uriOf(other)), isSameUri(uriOf(other), uriOf(one))]).toEqual([true, true]),
);

test.each([
  ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
  ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
  ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
  ['sip:a@b', 'sips:a@b'],
  ['sip:a:x@b', 'sip:a:y@b'],
  ['sip:a%3Bb@c', 'sip:a;b@c'],
  ['sip:a@b', 'tel:123'],
  ['tel:123', 'tel:+123'],
  ['urn:a', 'urn:b'],
  ['tel:7042;phone-context=example.com', 'tel:7042'],
])('%s does not equal %s (RFC 3261 §19.1.4)', (one, other) =>
  expect([isSameUri(uriOf(one), uriOf(other)), isSameUri(uriOf(other), uriOf(one))]).toEqual([false, false]),
);
