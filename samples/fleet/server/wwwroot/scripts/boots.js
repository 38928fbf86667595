// The boots of a machine as a picture: when each was attested, by its TPM's own counters, and when nothing was heard.

import { h, svg } from './dom.js';
import { at, count, duration, moment } from './words.js';

const HEIGHT = 116;
const TOP = 40;
const BAR = 30;
const MARGIN = 6;
const SHORTEST_BAR = 5;
const LETTER = 7.2;

// Steps that a reader can add up, from a second to a year.
const STEPS = [1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000];

/** The picture, as wide as it is shown, and below it the same in a table. */
export function bootsSection(latestFirst, { now, width }) {
  if (latestFirst.length === 0) {
    return [h('p', { class: 'nothing' }, 'No boot is on record.')];
  }

  const boots = withWhatIsMissing([...latestFirst].reverse());
  return [
    h('figure', { class: 'boots', 'data-measure': 'boots' },
      picture(boots, now, Math.max(width, 240)),
      legend(boots),
      h('figcaption', null, summary(boots))),
    h('details', { 'aria-label': 'Boots as a table' }, h('summary', null, 'The same as a table'), table([...boots].reverse())),
  ];
}

/** Tells of each boot what happened between the one before and it. Resets that were not attested show in the TPM's counter, which nobody can turn back. */
function withWhatIsMissing(boots) {
  return boots.map((boot, index) => {
    const before = boots[index - 1];
    const enrolledAnew = before !== undefined && before.enrollmentId !== boot.enrollmentId;
    return {
      ...boot,
      first: new Date(boot.firstAttestedAt).getTime(),
      last: new Date(boot.lastAttestedAt).getTime(),
      enrolledAnew,
      missed: before === undefined || enrolledAnew ? 0 : Math.max(0, boot.resetCount - before.resetCount - 1),
      silence: before === undefined ? 0 : Math.max(0, (new Date(boot.firstAttestedAt) - new Date(before.lastAttestedAt)) / 1000),
    };
  });
}

function summary(boots) {
  const missed = boots.reduce((sum, boot) => sum + boot.missed, 0);
  const longest = Math.max(...boots.map(boot => boot.silence));
  const anew = boots.filter(boot => boot.enrolledAnew).length;
  return [
    `${count(boots.length, 'boot', 'boots')} attested since ${moment(boots[0].first)}; the reset counter is at ${boots.at(-1).resetCount.toLocaleString('en')}.`,
    boots.length > 1 ? ` Longest silence between boots: ${duration(longest)}.` : '',
    missed > 0 ? ` ${count(missed, 'reset was', 'resets were')} never attested.` : '',
    anew > 0 ? ` Enrolled anew ${count(anew, 'time', 'times')}.` : '',
  ].join('');
}

function picture(boots, now, width) {
  const from = boots[0].first;
  const until = Math.max(now, boots.at(-1).last);
  const scale = (width - 2 * MARGIN - SHORTEST_BAR) / Math.max(until - from, 1000);
  const x = time => MARGIN + (time - from) * scale;
  const bars = boots.map((boot, index) => ({ boot, isLatest: index === boots.length - 1, left: x(boot.first), width: Math.max(SHORTEST_BAR, (boot.last - boot.first) * scale) }));
  return svg('svg', { class: 'timeline', role: 'img', 'aria-labelledby': 'boots-name', 'aria-describedby': 'boots-description', viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT },
    svg('title', { id: 'boots-name' }, 'Boots over time'),
    svg('desc', { id: 'boots-description' }, `${summary(boots)} The table below has each boot.`),
    axis(from, until, x, width),
    svg('line', { class: 'silence', x1: MARGIN, x2: width - MARGIN, y1: TOP + BAR / 2, y2: TOP + BAR / 2 }),
    bars.map(bar),
    gaps(bars),
    labels(bars),
    svg('path', { class: 'now', d: `M${x(until) + SHORTEST_BAR} ${TOP - 8}v${BAR + 16}` }));
}

/** What the marks mean; the table says the same in words. */
function legend(boots) {
  const mark = (attributes, text) => h('li', null, svg('svg', { class: 'timeline', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', attributes)), text);
  return h('ul', { class: 'legend', 'aria-label': 'What the marks mean' },
    mark({ class: 'boot', d: 'M0 3h16v10H0z' }, 'a boot, from its first attestation to its last'),
    boots.length > 1 ? mark({ class: 'silence', d: 'M0 8h16' }, 'silence') : null,
    boots.some(boot => boot.missed > 0) ? mark({ class: 'plus', d: 'M8 3v10M3 8h10' }, 'resets that were not attested') : null,
    boots.some(boot => boot.enrolledAnew) ? mark({ class: 'anew', d: 'M8 0v16' }, 'enrolled anew') : null,
    mark({ class: 'now', d: 'M8 0v16' }, 'now'));
}

function bar({ boot, left, width, isLatest }) {
  return svg('g', { key: `${boot.enrollmentId} ${boot.resetCount} ${boot.restartCount}` },
    svg('title', null, `Reset ${boot.resetCount}, restart ${boot.restartCount}: attested ${count(boot.attestations, 'time', 'times')}, ${moment(boot.first)} to ${moment(boot.last)}`),
    boot.enrolledAnew ? svg('path', { class: 'anew', d: `M${left - 2} ${TOP - 8}v${BAR + 16}` }) : null,
    svg('rect', { class: isLatest ? 'boot latest' : 'boot', x: left, y: TOP, width, height: BAR, rx: 2.5 }));
}

/** How long each silence was, and how many resets fell into it, where there is room to say so. */
function gaps(bars) {
  return bars.slice(1).map(({ boot, left }, index) => {
    const end = bars[index].left + bars[index].width;
    const resets = boot.missed > 0 ? `+${boot.missed} not attested` : '';
    const room = (left - end) / LETTER;
    const length = duration(boot.silence);
    const middle = (left + end) / 2;
    const y = TOP + BAR / 2;
    return [
      length.length + 2 <= room ? svg('text', { class: 'gap', x: middle, y: y - 5 }, length) : null,
      boot.missed > 0
        ? svg('text', { class: 'gap missed', x: middle, y: y + 14 }, resets.length + 1 <= room ? resets : '+')
        : null,
    ];
  });
}

/** The reset counters above the bars: the latest always, others where they do not run into each other. */
function labels(bars) {
  const shown = [];
  let edge = Infinity;
  for (const { boot, left, width } of [...bars].reverse()) {
    const text = boot.resetCount.toLocaleString('en');
    const half = text.length * LETTER / 2;
    const middle = Math.max(left + width / 2, half);
    if (middle + half + LETTER <= edge) {
      shown.push(svg('text', { class: 'reset', x: Math.round(middle * 10) / 10, y: TOP - 10 }, text));
      edge = middle - half;
    }
  }

  return [svg('text', { class: 'label', x: MARGIN, y: 12 }, 'Reset counter'), shown];
}

function axis(from, until, x, width) {
  const wanted = Math.max(2, Math.floor(width / 130));
  const seconds = STEPS.find(length => (until - from) / 1000 / length <= wanted) ?? STEPS.at(-1);
  const step = seconds * 1000;
  const offset = new Date(from).getTimezoneOffset() * 60_000;
  const ticks = [];
  for (let time = Math.ceil((from - offset) / step) * step + offset; time <= until; time += step) {
    ticks.push(time);
  }

  const text = time => (seconds >= 86_400 ? moment(time).slice(0, 10) : seconds >= 60 ? moment(time).slice(5, 16) : moment(time).slice(11));
  const y = TOP + BAR + 12;
  return svg('g', { class: 'axis' },
    svg('line', { x1: MARGIN, x2: width - MARGIN, y1: y, y2: y }),
    ticks.map(time => {
      const half = text(time).length * LETTER / 2;
      return [
        svg('line', { x1: x(time), x2: x(time), y1: y, y2: y + 5 }),
        x(time) - half >= 0 && x(time) + half <= width ? svg('text', { x: x(time), y: y + 20 }, text(time)) : null,
      ];
    }));
}

function table(latestFirst) {
  return h('div', { class: 'scroll', role: 'region', 'aria-label': 'Boots, table', tabindex: '0' }, h(
    'table', null,
    h('caption', { class: 'unseen' }, 'Boots, latest first'),
    h('thead', null, h('tr', null,
      ['Reset', 'Restart', 'First attested', 'Last attested', 'Attestations', 'Silence before', 'Resets not attested before'].map(name => h('th', { scope: 'col' }, name)))),
    h('tbody', null, latestFirst.map(boot => h(
      'tr', { key: `${boot.enrollmentId} ${boot.resetCount} ${boot.restartCount}` },
      h('th', { scope: 'row', class: 'number' }, boot.resetCount.toLocaleString('en')),
      h('td', { class: 'number' }, boot.restartCount.toLocaleString('en')),
      h('td', { class: 'moment' }, at(boot.firstAttestedAt)),
      h('td', { class: 'moment' }, at(boot.lastAttestedAt)),
      h('td', { class: 'number' }, boot.attestations.toLocaleString('en')),
      h('td', null, boot.silence > 0 ? duration(boot.silence) : '–', boot.enrolledAnew ? ', enrolled anew' : null),
      h('td', { class: 'number' }, boot.missed === 0 ? '–' : boot.missed.toLocaleString('en')))))));
}
