import fc from 'fast-check';
import type { TemplateParts } from '#schema/email-template.ts';
import { renderEmail } from './render.ts';

/** HTML of hostile templates with hostile values, for browsers to judge. */

const hit = 'globalThis.hit=1';

/** Values that would become markup or a script if they were written as they are, or half escaped. */
const values = [
  `<script>${hit}</script>`,
  `"><img src=x onerror=${hit}>`,
  `'><img src=x onerror=${hit}>`,
  `" onmouseover="${hit}" x="`,
  `' autofocus onfocus=${hit} x='`,
  ` onload=${hit} `,
  `javascript:${hit}`,
  `JaVaScRiPt:${hit}//https://`,
  `java\tscript:${hit}`,
  `\u0001javascript:${hit}`,
  `data:text/html,<script>${hit}</script>`,
  `vbscript:${hit}`,
  `</title><script>${hit}</script>`,
  `</textarea><img src=x onerror=${hit}>`,
  `</style><script>${hit}</script>`,
  `--><script>${hit}</script>`,
  `]]><script>${hit}</script>`,
  `&#60;script&#62;${hit}`,
  `&lt;img src=x onerror=${hit}>`,
  `&quot; onclick=${hit}`,
  `\\"><svg onload=${hit}>`,
  `<!--`,
  `<`,
  `/`,
  `\``,
  `{{a}}`,
  `\0<img src=x onerror=${hit}>`,
];

const pieces = [
  ...['<p>', '</p>', '<b', ' >', '<a href="', "<a href='", '<a href=', '<img src="', '<img src=', ' alt="', " title='"],
  ...['"', "'", '>', ' ', '/', '=', '<', '</', '<!--', '-->', '--!>', '<!', '<!doctype html>', ']]>', '<![CDATA[', '`'],
  ...['<title>', '</title>', '<textarea>', '</textarea>', '<style>', '</style>', '</STYLE >', '<select>', '<option>'],
  ...[
    '<table>',
    '<tr>',
    '<td ',
    '<svg>',
    '<math>',
    '<mtext>',
    '<template>',
    '<noscript>',
    '<iframe>',
    '<xmp>',
    '<form>',
  ],
  ...[
    ' style="',
    ' onclick="',
    ' on',
    'click="',
    'javascript:',
    'java',
    'script:',
    ' https://',
    '#',
    '&',
    '&#106;',
    '\n',
  ],
  ...[
    '<script>',
    '</script>',
    '<scr',
    'ipt>',
    '<meta http-equiv="',
    'refresh"',
    ' content="0;url=',
    '<base href="',
    'x',
  ],
  ...[
    '<button formaction="',
    '<input value="',
    '<link href="',
    '<body background="',
    '<a xlink:href="',
    '<object data="',
  ],
];
const tags = ['{{v}}', '{{w}}', '{{#if t}}', '{{#if f}}', '{{#unless t}}', '{{else}}', '{{/if}}', '{{/unless}}'];
const loops = ['{{#each l}}', '{{this}}', '{{/each}}'];

const noise = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.constantFrom(...tags, ...loops)), { maxLength: 14 })
  .map((parts) => parts.join(''));

const inline = fc.oneof(
  fc.constantFrom('{{v}}', '{{w}}', 'x', ' ', '{{#if t}}{{v}}{{/if}}', '{{#each l}}{{this}}{{/each}}'),
  noise,
);
const attribute = fc
  .tuple(
    fc.constantFrom('href', 'src', 'title', 'class', 'style', 'onclick', 'id', 'data-x', 'action', 'alt'),
    inline,
    fc.constantFrom('"', "'", ''),
  )
  .map(([name, value, quote]) => ` ${name}=${quote}${value}${quote}`);
const element = fc
  .tuple(
    fc.constantFrom('a', 'p', 'img', 'td', 'title', 'textarea', 'style', 'form', 'b', 'div'),
    fc.array(attribute, { maxLength: 2 }),
    inline,
  )
  .map(([name, attributes, content]) => `<${name}${attributes.join('')}>${content}</${name}>`);

/** Templates: some well-formed with something hostile in them, some nothing but pieces. */
const template = fc
  .array(fc.oneof({ weight: 4, arbitrary: element }, { weight: 1, arbitrary: noise }), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''));

/** One template with hostile values and with harmless ones, which take the same branches. */
export type Pair = { readonly source: string; readonly hostile: string; readonly harmless: string };

const render = (html: string, v: string, w: string): string => {
  const parts: TemplateParts = { subject: 'x', html, text: 'x', variables: [] };
  return renderEmail(parts, { v, w, t: 1, f: 0, l: [v, w] }).html;
};

/** The e-mail of a template that is accepted; undefined if it is rejected. */
function pairOf(source: string, v: string, w: string): Pair | undefined {
  try {
    return { source, hostile: render(source, v, w), harmless: render(source, 'x', 'x') };
  } catch {
    return undefined;
  }
}

const asked = fc.tuple(template, fc.constantFrom(...values), fc.constantFrom(...values));

/** Of so many generated templates those that are accepted and have a value. */
export const hostilePairs = (count: number, seed: number): readonly Pair[] =>
  fc
    .sample(asked, { numRuns: count, seed })
    .flatMap(([source, v, w]) => pairOf(source, v, w) ?? [])
    .filter(({ hostile, harmless }) => hostile !== harmless);

/** Every place that takes a value. */
const places = [
  '{{v}}',
  '<p>{{#if t}}{{v}}{{/if}}</p>',
  '<a href="{{v}}">a</a>',
  "<a href=' {{v}}'>a</a>",
  '<a href="{{#each l}}{{this}}{{/each}}">a</a>',
  '<a href="java{{w}}">a</a>',
  '<img src="{{v}}" alt="{{v}}">',
  '<form action="{{v}}"><button>a</button></form>',
  '<button formaction="{{v}}">a</button>',
  `<p title='{{v}}' class="{{v}}">a</p>`,
  '<title>{{v}}</title>',
  '<textarea>{{v}}</textarea>',
];

/** The e-mails of each place with each value. */
export const hostilePlaces = (): readonly Pair[] =>
  places.flatMap((source) => values.flatMap((value) => pairOf(source, value, `script:${hit}`) ?? []));
