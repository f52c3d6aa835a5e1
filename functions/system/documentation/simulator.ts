import { bar, field } from './page.ts';

/**
 * The page of the simulator: what a change of the dial plan does to calls. Its script finds the fields by their ids.
 */

const signIn = `<form id="sign-in" class="step" novalidate aria-labelledby="sign-in-title">
<h2 id="sign-in-title"><span>1</span> Sign in</h2>
<div class="fields">
${field({
  id: 'token',
  label: 'Token',
  control: 'password',
  hint: 'From POST /auth/user, with the scope dialplan:read. It is kept in the memory of this page only.',
})}
${field({
  id: 'organization',
  label: 'Organization (optional)',
  control: 'text',
  hint: 'Such as org_1001; by default the organization of the token.',
})}
</div>
<p class="buttons"><button type="submit">Sign in</button></p>
<p class="status" id="sign-in-status" role="status"></p>
</form>`;

const numbers = `<div id="from-numbers-panel">
${field({
  id: 'numbers',
  label: 'Numbers',
  control: 'textarea',
  hint: 'One per line, up to 1,000. The caller’s number may follow after a comma: 18005550100, +14155550100',
  attributes: 'rows="5"',
})}
<div class="fields">
${field({
  id: 'caller',
  label: 'Caller (optional)',
  control: 'text',
  hint: 'For lines without a caller; leave empty for a withheld number.',
})}
${field({
  id: 'groups',
  label: 'Groups of the caller (optional)',
  control: 'text',
  hint: 'Names or ids, separated by commas.',
})}
${field({
  id: 'at',
  label: 'Time of the calls (optional)',
  control: 'datetime-local',
  hint: 'Local time of this device; leave empty for now.',
})}
</div></div>`;

const records = `<div id="from-records-panel" class="fields" hidden>
${field({
  id: 'start',
  label: 'From',
  control: 'datetime-local',
  hint: 'Local time of this device.',
})}
${field({
  id: 'end',
  label: 'To',
  control: 'datetime-local',
  hint: 'Newest calls first.',
})}
${field({
  id: 'limit',
  label: 'Maximum',
  control: 'number',
  hint: 'Number of calls, up to 10,000.',
  attributes: 'value="1000" min="1" max="10000"',
})}
</div>`;

const calls = `<fieldset class="step"><legend><h2><span>2</span> Calls</h2></legend>
<div class="choices" role="radiogroup" aria-label="Where the calls come from">
<label><input type="radio" name="source" value="numbers" id="from-numbers" checked> Numbers</label>
<label><input type="radio" name="source" value="records" id="from-records"> Outbound call records of a period</label>
</div>
${numbers}
${records}
</fieldset>`;

const draft = `<fieldset class="step"><legend><h2><span>3</span> Draft</h2></legend>
${field({
  id: 'policy',
  label: 'A policy of the organization',
  control: 'text',
  hint: 'Type a part of its name.',
  attributes: 'list="policies"',
})}
<datalist id="policies"></datalist>
<p class="buttons">
<button type="button" id="edit-policy">Edit it</button> <button type="button" id="delete-policy">Delete it</button>
<button type="button" id="new-policy">New policy</button>
<button type="button" id="edit-template">Edit the template</button>
</p>
${field({
  id: 'draft',
  label: 'Changes as JSON',
  control: 'textarea',
  hint:
    'policies (with an id: changed; without: new), template, delete (ids). ' +
    'Leave empty to use the saved plan. Nothing is saved.',
  attributes: 'rows="14" class="code"',
})}
</fieldset>`;

/** The body of the page. */
export const simulatorBody = (name: string): string => `<a class="skip" href="#simulator">Skip to the simulator</a>
${bar(name, '/documentation/simulator')}
<main id="simulator">
<h1>Dial-plan simulator</h1>
<p class="lead">
See what a change of the dial plan does to real calls before you save it.
Limits are not applied, and no call is counted.</p>
<noscript><p class="problem">The simulator needs JavaScript.</p></noscript>
${signIn}
<form id="simulation" novalidate hidden>
${calls}
${draft}
<p class="buttons"><button type="submit">Decide the calls</button></p>
<p class="problem" id="simulation-problem" role="alert" hidden></p>
<p class="status" id="simulation-status" role="status"></p>
</form>
<section id="results" class="step" hidden aria-labelledby="results-title">
<h2 id="results-title" tabindex="-1"><span>4</span> Results</h2>
<p id="summary"></p>
<p class="choices" id="only-changed-choice">
<label><input type="checkbox" id="only-changed"> Only changed calls</label>
</p>
<ol id="calls" class="calls"></ol>
</section>
</main>`;
