const description = (lines: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');

/** Descriptions of a phone and of a browser, for tests. */
export const described = {
  rtp: description(['m=audio 6000 RTP/AVP 0']),
  opus: description(['m=audio 6000 RTP/AVP 96 97', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:97 telephone-event/8000']),
  webrtc: description(['m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=ice-ufrag:F7gI', 'a=fingerprint:sha-256 A5:A5']),
} as const;

const names: Readonly<Record<number, string>> = { 9: 'G722/8000', 96: 'opus/48000/2', 101: 'telephone-event/8000' };

/** A description of a phone with these payload types: 101 is events. */
export const phoneWith = (formats: readonly number[], port = 6_000): string =>
  description([
    `m=audio ${port} RTP/AVP ${formats.join(' ')}`,
    ...formats.flatMap((format) => (names[format] === undefined ? [] : [`a=rtpmap:${format} ${names[format]}`])),
  ]);

/** The payload types of the audio of a description. */
export const formatsIn = (sdp: string): readonly number[] =>
  (/^m=audio \d+ \S+ ([\d ]+)/m.exec(sdp)?.[1] ?? '').split(' ').map(Number);
