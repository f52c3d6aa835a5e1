import { expect, test } from 'vitest';
import { readHtml } from './html-contexts.ts';
import { parseTemplate, textPositionOf, TemplateFault } from '#schema/template-syntax.ts';

/** The fault of an HTML template: its column and message. */
function faultOf(source: string): string {
  try {
    readHtml(parseTemplate(source), source);
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return `${textPositionOf(source, error.at).column} ${error.message}`;
  }
  return 'none';
}

test.each([
  '<p class="{{a}}" title=\'{{a}}\'>{{a}} < 3 <b>{{#if b}}x{{/if}}</b></p>',
  '<a href="{{a}}">x</a><img src="{{a}}/{{b}}.png" alt="{{c}}">',
  '<title>{{a}}</title><textarea>{{a}}</textarea>',
  '<style>a{b:c} /* 1 < 2 */</style>',
  '<td {{#if a}}class="b"{{/if}}>x</td>',
  '<input {{#if a}}checked{{/if}}>',
  '<br{{#if a}} class="b"{{/if}}>',
  '<a href="{{#each a}}{{this}}{{/each}}">x</a>',
  '{{#if a}}<a href="{{b}}{{else}}<a href="{{c}}{{/if}}">x</a>',
  '<p data-x="{{a}}" aria-label="{{a}}">',
  '<!DOCTYPE html><!--[if mso]><o:p>x</o:p><![endif]--><!--[if !mso]><!--><p>x</p><!--<![endif]-->',
  '<meta http-equiv="X-UA-Compatible" content="IE=edge"><meta charset=utf-8>',
  '<p style="color:red">{{a}}</p>',
  'a & b &amp; {{c}}',
])('%s is accepted', (source) => {
  expect(faultOf(source)).toBe('none');
});

test.each([
  ['<script>{{a}}</script>', '1 the element script is not allowed'],
  ['<p>\u00e9<SCRIPT src=x>', '5 the element script is not allowed'],
  ['<iframe src="https://a">', '1 the element iframe is not allowed'],
  ['<svg><style><img onerror=x>', '1 the element svg is not allowed'],
  ['<p onclick="a">', '4 the attribute onclick is not allowed'],
  ['<p/OnError=x>', '4 the attribute onerror is not allowed'],
  ['<p srcdoc="a">', '4 the attribute srcdoc is not allowed'],
  ['<meta http-equiv="refresh" content="0">', '18 this value of http-equiv is not allowed'],
  ['<meta http-equiv=&#114;efresh>', '18 this value of http-equiv is not allowed'],
  ['<meta http-equiv="{{a}}">', '18 this value of http-equiv is not allowed'],
  ['<style>a{b:{{c}} }</style>', '12 a value cannot be part of style'],
  ['<p style="color:{{a}}">', '17 a value cannot be part of this attribute'],
  ['<img srcset="{{a}}">', '14 a value cannot be part of this attribute'],
  ['<p class={{a}}>', '10 the value of class must be in quotation marks'],
  ['<p class=b{{a}}>', '10 the value of class must be in quotation marks'],
  ['<p {{a}}>', '4 in a tag, a value can be part of a quoted attribute only'],
  ['<p {{a}}="b">', '4 in a tag, a value can be part of a quoted attribute only'],
  ['<{{a}}>', '2 no value or block can follow this <'],
  ['</{{a}}>', '3 no value or block can follow this <'],
  ['<!-- {{a}} -->', '1 this comment is not closed, or a tag of the template is inside of it'],
  ['<!-- a --!> <p>', '1 this comment is not closed, or a tag of the template is inside of it'],
  ['<!-- a --!> -->', '1 a comment must end with -->'],
  ['<!--> <p> -->', '1 this comment ends at once'],
  ['<!---> <p> -->', '1 this comment ends at once'],
  ['<!doctype {{a}}>', '1 this declaration is not closed, or a tag of the template is inside of it'],
  ['<title><b>x</b></title>', '8 the content of title cannot have tags'],
  ['<title></b></title>', '8 the content of title cannot have tags'],
  ['<textarea><!-- </textarea>', '11 the content of textarea cannot have tags'],
  ['<title>{{#if a}}</{{/if}}title>', '17 the content of title cannot have tags'],
  ['<title>a', '9 a tag, an attribute or an element is not closed'],
  ['<p title="a', '12 a tag, an attribute or an element is not closed'],
  ['<p', '3 a tag, an attribute or an element is not closed'],
  ['{{#if a}}<p title="{{/if}}{{b}}', '1 both branches of a block must end at the same place of the HTML'],
  ['<p {{#if a}}o{{/if}}nclick="x">', '21 this character cannot be in a tag'],
  ['<p {{#if a}}href{{/if}}="x">', '24 this character cannot be in a tag'],
  ['<p {{#if a}}href {{/if}}="x">', '25 this character cannot be in a tag'],
  ['<sc{{#if a}}ript{{/if}}>', '13 this character cannot be in a tag'],
  ['<p {{#each a}}x{{/each}}>', '15 this character cannot be in a tag'],
  ['<p "a">', '4 this character cannot be in a tag'],
  ['<p a"b>', '5 this character cannot be in a tag'],
  ['<p class=a"b>', '11 this character cannot be in a tag'],
  ['<p class="a"id="b">', '13 this character cannot be in a tag'],
  ['</p class="a">', '5 an end tag has no attributes'],
])('%s is rejected', (source, fault) => {
  expect(faultOf(source)).toBe(fault);
});

test('the value of an attribute that is an address is marked, also without quotation marks', () => {
  const kinds = (source: string) =>
    readHtml(parseTemplate(source), source).map((node) => ('text' in node ? node.text : node.kind));
  expect(kinds('<a href="x{{a}}">')).toEqual(['<a href="', 'address begins', 'x', 'value', 'address ends', '">']);
  expect(kinds('<a href=x id=b>')).toEqual(['<a href=', 'address begins', 'x', 'address ends', ' id=b>']);
});

test('8 loops inside one another are read in a time that grows with the length', () => {
  const source = `<p ${'{{#each a}} x{{#if b}} y{{/if}}'.repeat(4)}${' z'.repeat(60_000)}${'{{/each}}'.repeat(4)}>`;
  const started = performance.now();
  expect(faultOf(source)).toBe('none');
  expect(performance.now() - started).toBeLessThan(20_000);
});
