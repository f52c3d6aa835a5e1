/** What the benchmark uses of npm `sip`, which has no types of its own. */
declare module 'sip' {
  type Uri = { readonly uri: string };
  type Headers = {
    readonly via: readonly unknown[];
    readonly from: Uri;
    readonly to: Uri;
    readonly 'call-id': string;
    readonly cseq: { readonly seq: number };
    readonly contact: readonly Uri[];
  };
  type Message = { readonly headers: Headers };
  const sip: {
    readonly parse: (text: string) => Message | undefined;
    readonly stringify: (message: Message) => string;
    readonly parseUri: (text: string) => object | undefined;
  };
  export default sip;
}
