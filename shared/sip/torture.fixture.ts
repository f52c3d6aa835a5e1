/**
 * Every message of RFC 4475 and RFC 5118 by the name of its file in `torture/`, and what is to be read from the valid
 * ones. The bytes are those of the archives in the RFCs; only RFC 5118's, which has bare line feeds and for them
 * lengths of bodies, has CRLF here and the lengths that follow.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printAddress } from './address.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import type { HeaderKind } from './headers.ts';
import type { SipMessage } from './message.ts';
import { printUri } from './uri.ts';
import { printVia } from './via.ts';

const folder = join(import.meta.dirname, 'torture');

export const tortures: ReadonlyMap<string, Buffer> = new Map(readdirSync(folder).filter((file) => file.endsWith('.dat')).sort().map((file) => [file.replace('.dat', ''), readFileSync(join(folder, file))]));

export function torture(name: string): Buffer {
  const bytes = tortures.get(name);
  if (bytes === undefined) throw new Error(`no such message: ${name}`);
  return bytes;
}

/** What a message says, in one form for all spellings of it. */
export type Reading = {
  readonly start: string; readonly cseq: string; readonly callId: string; readonly vias: readonly string[]; readonly from: string; readonly to: string;
  readonly contacts: readonly string[]; readonly body: number; readonly fields: number;
};

export const readingOf = (message: SipMessage): Reading => ({
  start: message.kind === 'request' ? `${message.method} ${printUri(message.uri)}` : `${message.status} ${message.reason}`,
  cseq: `${message.cseq.sequence} ${message.cseq.method}`,
  callId: message.callId,
  vias: printed(message, header.via, printVia),
  from: printAddress(message.from),
  to: printAddress(message.to),
  contacts: printed(message, header.contact, header.contact.print),
  body: message.body.length,
  fields: [...message.headers].length,
});

function printed<Value>(message: SipMessage, kind: HeaderKind<Value>, print: (value: Value) => string): readonly string[] {
  const values = message.headers.all(kind);
  return values instanceof Fault ? [values.reason] : values.map(print);
}

/** The valid messages. */
export const readings: Readonly<Record<string, Reading>> = {
  badbranch: {
    start: 'OPTIONS sip:user@example.com', cseq: '8 OPTIONS', callId: 'badbranch.sadonfo23i420jv0as0derf3j3n',
    vias: ['SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK'],
    from: '<sip:caller@example.org>;tag=33242', to: '<sip:user@example.com>',
    contacts: [], body: 0, fields: 8,
  },
  bcast: {
    start: '200 OK', cseq: '35 INVITE', callId: 'bcast.0384840201234ksdfak3j2erwedfsASdf',
    vias: ['SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923', 'SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23'],
    from: '<sip:user@example.com>;tag=11141343', to: '<sip:user@example.edu>;tag=2229',
    contacts: ['<sip:user@host28.example.com>'], body: 154, fields: 9,
  },
  bext01: {
    start: 'OPTIONS sip:user@example.com', cseq: '8 OPTIONS', callId: 'bext01.0ha0isndaksdj',
    vias: ['SIP/2.0/TLS fold-and-staple.example.com;branch=z9hG4bKkdjuw'],
    from: '<sip:caller@example.net>;tag=242etr', to: '<sip:j_user@example.com>',
    contacts: [], body: 0, fields: 9,
  },
  cparam01: {
    start: 'REGISTER sip:example.com', cseq: '2 REGISTER', callId: 'cparam01.70710@saturn.example.com',
    vias: ['SIP/2.0/UDP saturn.example.com:5060;branch=z9hG4bKkdjuw'],
    from: '<sip:watson@example.com>;tag=DkfVgjkrtMwaerKKpe', to: '<sip:watson@example.com>',
    contacts: ['<sip:+19725552222@gw1.example.net>;unknownparam'], body: 0, fields: 8,
  },
  cparam02: {
    start: 'REGISTER sip:example.com', cseq: '3 REGISTER', callId: 'cparam02.70710@saturn.example.com',
    vias: ['SIP/2.0/UDP saturn.example.com:5060;branch=z9hG4bKkdjuw'],
    from: '<sip:watson@example.com>;tag=838293', to: '<sip:watson@example.com>',
    contacts: ['<sip:+19725552222@gw1.example.net;unknownparam>'], body: 0, fields: 8,
  },
  dblreq: {
    start: 'REGISTER sip:example.com', cseq: '8 REGISTER', callId: 'dblreq.0ha0isndaksdj99sdfafnl3lk233412',
    vias: ['SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492'],
    from: '<sip:j.user@example.com>;tag=43251j3j324', to: '<sip:j.user@example.com>',
    contacts: ['<sip:j.user@host.example.com>'], body: 0, fields: 8,
  },
  esc01: {
    start: 'INVITE sip:sips%3Auser%40example.com@example.net', cseq: '234234 INVITE', callId: 'esc01.239409asdfakjkn23onasd0-3234',
    vias: ['SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw'],
    from: '<sip:I%20have%20spaces@example.net>;tag=938', to: '<sip:%75se%72@example.com>',
    contacts: ['<sip:cal%6Cer@host5.example.net;lr;name=v%61lue%25%34%31>'], body: 150, fields: 9,
  },
  esc02: {
    start: 'RE%47IST%45R sip:registrar.example.com', cseq: '29344 RE%47IST%45R', callId: 'esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf',
    vias: ['SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234'],
    from: '"%Z%45" <sip:resource@example.com>;tag=f232jadfj23', to: '"%Z%45" <sip:resource@example.com>',
    contacts: ['<sip:alias1@host1.example.com>', '<sip:alias3@host3.example.com>'], body: 0, fields: 10,
  },
  escnull: {
    start: 'REGISTER sip:example.com', cseq: '14398234 REGISTER', callId: 'escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd',
    vias: ['SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw'],
    from: '<sip:null-%00-null@example.com>;tag=839923423', to: '<sip:null-%00-null@example.com>',
    contacts: ['<sip:%00@host5.example.com>', '<sip:%00%00@host5.example.com>'], body: 0, fields: 9,
  },
  intmeth: {
    start: "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com", cseq: "139122385 !interesting-Method0123456789_*+`.%indeed'~", callId: "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
    vias: ["SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~"],
    from: "\"token1~` token2'+_ token3*%!.-\" <sip:mundane@example.com>;fromparam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.", to: "\"BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>",
    contacts: [], body: 0, fields: 8,
  },
  inv2543: {
    start: 'INVITE sip:UserB@example.com', cseq: '56 INVITE', callId: 'inv2543.1717@ift.client.example.com',
    vias: ['SIP/2.0/UDP iftgw.example.com'],
    from: '<sip:+13035551111@ift.client.example.net;user=phone>', to: '<sip:+16505552222@ss1.example.net>;user=phone',
    contacts: [], body: 105, fields: 7,
  },
  invut: {
    start: 'INVITE sip:user@example.com', cseq: '235448 INVITE', callId: 'invut.0ha0isndaksdjadsfij34n23d',
    vias: ['SIP/2.0/UDP somehost.example.com;branch=z9hG4bKkdjuw'],
    from: '<sip:caller@example.net>;tag=8392034', to: '<sip:j.user@example.com>',
    contacts: ['<sip:caller@host5.example.net>'], body: 40, fields: 9,
  },
  'ipv4-mapped-ipv6': {
    start: 'INVITE sip:user@example.com', cseq: '612 INVITE', callId: 'SSG9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19', 'SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111'],
    from: '<sip:user@east.example.com>;tag=81x2', to: '<sip:user@example.com>',
    contacts: ['"T. desk phone" <sip:ted@[::ffff:192.0.2.2]>'], body: 245, fields: 10,
  },
  'ipv6-bug-abnf-3-colons': {
    start: 'OPTIONS sip:user@[2001:db8:::192.0.2.1]', cseq: '689 OPTIONS', callId: 'G9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=810x2', to: '<sip:user@[2001:db8:::192.0.2.1]>',
    contacts: [], body: 0, fields: 7,
  },
  'ipv6-correct-abnf-2-colons': {
    start: 'OPTIONS sip:user@[2001:db8::192.0.2.1]', cseq: '689 OPTIONS', callId: 'G9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=810x2', to: '<sip:user@[2001:db8::192.0.2.1]>',
    contacts: [], body: 0, fields: 7,
  },
  'ipv6-good': {
    start: 'REGISTER sip:[2001:db8::10]', cseq: '98176 REGISTER', callId: 'SSG9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@example.com>',
    contacts: ['"Caller" <sip:caller@[2001:db8::1]>'], body: 0, fields: 8,
  },
  'ipv6-in-sdp': {
    start: 'INVITE sip:user@[2001:db8::10]', cseq: '8612 INVITE', callId: 'SSG9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::20];branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@[2001:db8::10]>',
    contacts: ['"Caller" <sip:caller@[2001:db8::20]>'], body: 251, fields: 9,
  },
  longreq: {
    start: 'INVITE sip:user@example.com', cseq: '3882340 INVITE', callId: 'longreq.onereallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallylongcallid',
    vias: ['SIP/2.0/TCP sip33.example.com', 'SIP/2.0/TCP sip32.example.com', 'SIP/2.0/TCP sip31.example.com', 'SIP/2.0/TCP sip30.example.com', 'SIP/2.0/TCP sip29.example.com', 'SIP/2.0/TCP sip28.example.com', 'SIP/2.0/TCP sip27.example.com', 'SIP/2.0/TCP sip26.example.com', 'SIP/2.0/TCP sip25.example.com', 'SIP/2.0/TCP sip24.example.com', 'SIP/2.0/TCP sip23.example.com', 'SIP/2.0/TCP sip22.example.com', 'SIP/2.0/TCP sip21.example.com', 'SIP/2.0/TCP sip20.example.com', 'SIP/2.0/TCP sip19.example.com', 'SIP/2.0/TCP sip18.example.com', 'SIP/2.0/TCP sip17.example.com', 'SIP/2.0/TCP sip16.example.com', 'SIP/2.0/TCP sip15.example.com', 'SIP/2.0/TCP sip14.example.com', 'SIP/2.0/TCP sip13.example.com', 'SIP/2.0/TCP sip12.example.com', 'SIP/2.0/TCP sip11.example.com', 'SIP/2.0/TCP sip10.example.com', 'SIP/2.0/TCP sip9.example.com', 'SIP/2.0/TCP sip8.example.com', 'SIP/2.0/TCP sip7.example.com', 'SIP/2.0/TCP sip6.example.com', 'SIP/2.0/TCP sip5.example.com', 'SIP/2.0/TCP sip4.example.com', 'SIP/2.0/TCP sip3.example.com', 'SIP/2.0/TCP sip2.example.com', 'SIP/2.0/TCP sip1.example.com', 'SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=verylonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglongbranchvalue'],
    from: '<sip:amazinglylongcallernameamazinglylongcallernameamazinglylongcallernameamazinglylongcallernameamazinglylongcallername@example.net>;tag=12982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982982424;unknownheaderparamnamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamename=unknowheaderparamvaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevalue;unknownvaluelessparamnameparamnameparamnameparamnameparamnameparamnameparamnameparamnameparamnameparamname', to: '"I have a user name of extremeextremeextremeextremeextremeextremeextremeextremeextremeextreme proportion" <sip:user@example.com:6000;unknownparam1=verylonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglongvalue;longparamnamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamename=shortvalue;verylonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglongparameternamewithnovalue>',
    contacts: ['<sip:amazinglylongcallernameamazinglylongcallernameamazinglylongcallernameamazinglylongcallernameamazinglylongcallername@host5.example.net>'], body: 150, fields: 43,
  },
  lwsdisp: {
    start: 'OPTIONS sip:user@example.com', cseq: '60 OPTIONS', callId: 'lwsdisp.1234abcd@funky.example.com',
    vias: ['SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw'],
    from: '"caller" <sip:caller@example.com>;tag=323', to: '<sip:user@example.com>',
    contacts: [], body: 0, fields: 7,
  },
  mpart01: {
    start: 'MESSAGE sip:kumiko@example.org', cseq: '1 MESSAGE', callId: '3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..',
    vias: ['SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport'],
    from: '<sip:fluffy@example.com>;tag=2fb0dcc9', to: '<sip:kumiko@example.org>',
    contacts: ['<sip:fluffy@127.0.0.1:5070>'], body: 553, fields: 14,
  },
  'mult-ip-in-header': {
    start: 'BYE sip:user@host.example.net', cseq: '89187 BYE', callId: '997077@lau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144', 'SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@example.net>;tag=9817--94',
    contacts: [], body: 0, fields: 9,
  },
  'mult-ip-in-sdp': {
    start: 'INVITE sip:user@[2001:db8::10]', cseq: '8912 INVITE', callId: 'SSG9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@[2001:db8::10]>',
    contacts: ['"Caller" <sip:caller@[2001:db8::9:1]>'], body: 189, fields: 9,
  },
  noreason: {
    start: '100 ', cseq: '35 INVITE', callId: 'noreason.asndj203insdf99223ndf',
    vias: ['SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe'],
    from: '<sip:user@example.com>;tag=39ansfi3', to: '<sip:user@example.edu>;tag=902jndnke3',
    contacts: ['<sip:user@host105.example.com>'], body: 0, fields: 7,
  },
  novelsc: {
    start: 'OPTIONS soap.beep://192.0.2.103:3002', cseq: '3923423 OPTIONS', callId: 'novelsc.asdfasser0q239nwsdfasdkl34',
    vias: ['SIP/2.0/TCP host9.example.com;branch=z9hG4bKkdjuw39234'],
    from: '<sip:caller@example.net>;tag=384', to: '<sip:user@example.com>',
    contacts: [], body: 0, fields: 7,
  },
  'port-ambiguous': {
    start: 'REGISTER sip:[2001:db8::10:5070]', cseq: '98176 REGISTER', callId: 'SSG9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@example.com>',
    contacts: ['"Caller" <sip:caller@[2001:db8::1]>'], body: 0, fields: 8,
  },
  'port-unambiguous': {
    start: 'REGISTER sip:[2001:db8::10]:5070', cseq: '98176 REGISTER', callId: 'SSG9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@example.com>',
    contacts: ['"Caller" <sip:caller@[2001:db8::1]>'], body: 0, fields: 8,
  },
  regaut01: {
    start: 'REGISTER sip:example.com', cseq: '9338 REGISTER', callId: 'regaut01.0ha0isndaksdj',
    vias: ['SIP/2.0/TCP 192.0.2.253;branch=z9hG4bKkdjuw'],
    from: '<sip:j.user@example.com>;tag=87321hj23128', to: '<sip:j.user@example.com>',
    contacts: [], body: 0, fields: 8,
  },
  regescrt: {
    start: 'REGISTER sip:example.com', cseq: '14398234 REGISTER', callId: 'regescrt.k345asrl3fdbv@192.0.2.1',
    vias: ['SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw'],
    from: '<sip:user@example.com>;tag=8', to: '<sip:user@example.com>',
    contacts: ['<sip:user@example.com?Route=%3Csip:sip.example.com%3E>'], body: 0, fields: 8,
  },
  sdp01: {
    start: 'INVITE sip:user@example.com', cseq: '8 INVITE', callId: 'sdp01.ndaksdj9342dasdd',
    vias: ['SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw'],
    from: '<sip:caller@example.net>;tag=234', to: '<sip:j_user@example.com>',
    contacts: ['<sip:caller@host15.example.net>'], body: 150, fields: 10,
  },
  semiuri: {
    start: 'OPTIONS sip:user;par=u%40example.net@example.com', cseq: '8 OPTIONS', callId: 'semiuri.0ha0isndaksdj',
    vias: ['SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw'],
    from: '<sip:caller@example.org>;tag=33242', to: '<sip:j_user@example.com>',
    contacts: [], body: 0, fields: 8,
  },
  transports: {
    start: 'OPTIONS sip:user@example.com', cseq: '60 OPTIONS', callId: 'transports.kijh4akdnaqjkwendsasfdj',
    vias: ['SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw', 'SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf', 'SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj', 'SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en', 'SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee'],
    from: '<sip:caller@example.com>;tag=323', to: '<sip:user@example.com>',
    contacts: [], body: 0, fields: 12,
  },
  unkscm: {
    start: 'OPTIONS nobodyKnowsThisScheme:totallyopaquecontent', cseq: '3923423 OPTIONS', callId: 'unkscm.nasdfasser0q239nwsdfasdkl34',
    vias: ['SIP/2.0/TCP host9.example.com;branch=z9hG4bKkdjuw39234'],
    from: '<sip:caller@example.net>;tag=384', to: '<sip:user@example.com>',
    contacts: [], body: 0, fields: 7,
  },
  unksm2: {
    start: 'REGISTER sip:example.com', cseq: '234902 REGISTER', callId: 'unksm2.daksdj@hyphenated-host.example.com',
    vias: ['SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bKkdjuw'],
    from: '<http://www.example.com>;tag=3234233', to: '<isbn:2983792873>',
    contacts: ['<name:John_Smith>'], body: 0, fields: 8,
  },
  unreason: {
    start: '200 = 2**3 * 5**2 но сто девяносто девять - простое', cseq: '35 INVITE', callId: 'unreason.1234ksdfak3j2erwedfsASdf',
    vias: ['SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923'],
    from: '<sip:user@example.com>;tag=11141343', to: '<sip:user@example.edu>;tag=2229',
    contacts: ['<sip:user@host198.example.com>'], body: 154, fields: 8,
  },
  'via-received-param-no-delim': {
    start: 'OPTIONS sip:[2001:db8::10]', cseq: '921 OPTIONS', callId: 'SSG95523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@example.com>',
    contacts: ['"Caller" <sip:caller@[2001:db8::9:1]>'], body: 0, fields: 8,
  },
  'via-received-param-with-delim': {
    start: 'BYE sip:[2001:db8::10]', cseq: '321 BYE', callId: 'SSG9559905523997077@hlau_4100',
    vias: ['SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111'],
    from: '<sip:user@example.com>;tag=81x2', to: '<sip:user@example.com>;tag=bd76ya',
    contacts: [], body: 0, fields: 7,
  },
  wsinv: {
    start: 'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam', cseq: '9 INVITE', callId: 'wsinv.ndaksdj@192.0.2.1',
    vias: ['SIP/2.0/UDP 192.0.2.2;branch=390skdjuw', 'SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8', 'SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239'],
    from: '"J Rosenberg \\\\\\"" <sip:jdrosen@example.com>;tag=98asjd8', to: '<sip:vivekg@chair-dnrc.example.com>;tag=1918181833n',
    contacts: ['"Quoted string \\"\\"" <sip:jdrosen@example.com>;newparam=newvalue;secondparam;q=0.33'], body: 150, fields: 14,
  },
  zeromf: {
    start: 'OPTIONS sip:user@example.com', cseq: '39234321 OPTIONS', callId: 'zeromf.jfasdlfnm2o2l43r5u0asdfas',
    vias: ['SIP/2.0/UDP host1.example.com;branch=z9hG4bKkdjuw2349i'],
    from: '<sip:caller@example.net>;tag=3ghsd41', to: '<sip:user@example.com>',
    contacts: [], body: 0, fields: 7,
  },
};
