// Training, epoch by epoch: what each network forecast after each epoch (ahead.js), and its loss (loss.js).
// While it trains, the picture follows the newest epoch, up to the one that the host asks for; afterwards, or once the
// hand moves it, it is a player like all.

import { onPointer } from "../shared/hand.js";
import { at } from "../shared/math.js";
import { fitted } from "../shared/paint.js";
import { Player } from "../shared/player.js";
import { drawAhead, hitAhead, layAhead } from "./ahead.js";
import { drawLoss, hitLoss, layLoss } from "./loss.js";

export class Epochs extends Player {
  name = "epochs";
  following = false; // the newest epoch, as they come
  aim = Infinity; // the epoch at which it ceases to follow

  constructor(root, host) {
    super(root, host);
    this.canvas = this.find("stage");
    this.begin();
    onPointer(this, this.canvas, { find: (x, y) => this.hit(x, y), pick: () => {}, tip: (found) => this.tip(found) });
  }

  /** The same training with more epochs keeps the place; another one begins at its own. */
  update(bytes) {
    const old = this.trace;
    this.trace = this.receive(bytes);
    if (!this.trace) {
      this.halt();
      return;
    }
    this.words = this.trace.words;
    this.parameter = this.trace.parameter;
    this.cells = this.trace.cells.map((cell, i) => ({ ...cell, loss: this.trace[`loss${i}`], ahead: this.trace[`ahead${i}`] }));
    const isNew = old?.id !== this.trace.id;
    if (isNew && this.trace.live) {
      this.halt();
      this.followNewest(old ? Infinity : (this.remembered()[this.parameter] ?? Infinity) - 1);
    } else if (isNew && !old) this.arrive();
    else if (isNew) this.enter({});
    else if (old.address.of !== this.trace.address.of) this.again();
    if (this.following) this.view.step = this.view.position = Math.min(this.aim, this.last);
    this.following &&= this.trace.live && this.last < this.aim;
    this.view.step = Math.min(this.view.step, this.last);
    if (!this.playing) this.view.position = this.view.step;
    this.label();
    this.resize();
    if (isNew || old.live !== this.trace.live) this.rest();
  }

  followNewest(aim) {
    this.following = true;
    this.aim = aim;
  }

  /** The hand leads from now on; at the end, it lets go. */
  go(step) {
    this.following = false;
    if (step === Infinity && this.trace.live) this.followNewest(step);
    super.go(step);
  }

  play(...how) {
    this.following = false;
    super.play(...how);
  }

  get last() {
    return Math.max(...this.cells.map(({ loss }) => loss.shape[0])) - 1;
  }

  get sequence() {
    return this.trace.id;
  }

  // The player counts from 1; epochs count from 0, the network before training. The newest one has no number.
  get cursor() {
    const newest = this.aim === Infinity ? null : this.aim;
    return { [this.parameter]: this.following ? newest : this.view.step };
  }

  counted(found) {
    return this.parameter in found ? { [this.parameter]: (found[this.parameter] ?? Infinity) + 1 } : {};
  }

  asked() {
    return this.counted(super.asked());
  }

  kept() {
    return this.counted(super.kept());
  }

  went() {
    this.following = false;
    if (this.trace?.live && !(this.parameter in this.asked())) this.followNewest(Infinity);
    else super.went();
  }

  choose() {}
  shift() {}

  /** The epoch at which a cell is shown: it may have fewer than the cursor, or, as they come, not be at its turn yet. */
  epochOf = ({ loss }) => Math.min(this.following ? Infinity : this.view.position, loss.shape[0] - 1);

  lay(rem) {
    const forecasters = this.cells.filter(({ ahead }) => ahead);
    const { charts, loss } = places(forecasters.length, this.canvas.parentElement.clientWidth, rem);
    this.charts = forecasters.map((cell, i) => layAhead(cell, this.trace, charts[i]));
    this.lossChart = layLoss(this.cells, this.trace, loss);
    this.height = loss.y + loss.height;
  }

  draw() {
    if (!this.lossChart) return;
    const context = fitted(this.canvas, this.canvas.parentElement.clientWidth, this.height);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const colours = { ...this.colours, of: (name) => this.cellColour(name) };
    for (const chart of this.charts) drawAhead(context, chart, this.epochOf(chart.cell), colours, this.words);
    drawLoss(context, this.lossChart, this.following ? this.last : this.view.position, colours, this.words);
  }

  cellColour(name) {
    const style = getComputedStyle(this.root);
    return (style.getPropertyValue(`--${name.toLowerCase()}`) || style.getPropertyValue("--other")).trim();
  }

  hit(x, y) {
    const epoch = hitLoss(this.lossChart, x, y);
    if (epoch !== null) return { step: Math.min(this.last, epoch), loss: true };
    const chart = this.charts.find((one) => hitAhead(one, x, y) !== null);
    return chart ? { step: this.view.step, chart, ahead: hitAhead(chart, x, y) } : null;
  }

  tip({ step, loss, chart, ahead }) {
    if (loss) return this.losses(step).join(" · ");
    const said = at(chart.cell.ahead, Math.floor(this.epochOf(chart.cell)), ahead);
    return this.fill(this.words.tip, { n: ahead + 1, said: number(said), true: number(this.trace.truth.data[ahead]) });
  }

  losses(epoch) {
    return this.cells.filter(({ loss }) => epoch < loss.shape[0]).map((cell) =>
      this.fill(this.words.losses, { name: cell.name, epoch, training: number(at(cell.loss, epoch, 0)), validation: number(at(cell.loss, epoch, 1)) }),
    );
  }

  follow() {
    super.follow();
    this.find("where").textContent = this.fill(this.words.where, { n: this.view.step, of: this.trace.of });
    this.find("scrub").setAttribute("aria-valuetext", this.find("where").textContent);
  }

  moved() {}

  get legend() {
    return [this.cells.some(({ ahead }) => ahead) && this.words.legend, this.words["legend-loss"]];
  }

  announce() {
    if (!this.following) super.announce(); // nobody can listen as fast
  }

  says() {
    return this.losses(this.view.step);
  }
}

/** Forecasts stand beside each other, on a phone below each other; the loss beside a single one, else below them. */
function places(count, width, rem) {
  const gap = 26 * rem;
  const box = (x, y, width, height) => ({ x, y, width, height, rem });
  if (count === 1 && width >= 640 * rem) {
    const wide = 0.62 * (width - gap);
    return { charts: [box(0, 0, wide, 330 * rem)], loss: box(wide + gap, 0, width - gap - wide, 330 * rem) };
  }
  const columns = width < 640 * rem ? 1 : Math.max(1, count);
  const [column, tall] = [(width - gap * (columns - 1)) / columns, 230 * rem];
  const charts = Array.from({ length: count }, (_, i) => box((i % columns) * (column + gap), Math.floor(i / columns) * (tall + gap), column, tall));
  return { charts, loss: box(0, Math.ceil(count / columns) * (tall + gap), width, 210 * rem) };
}

/** Three digits that count, as a person writes them. */
function number(value) {
  if (Number.isNaN(value)) return "–";
  return Number(value.toPrecision(3)).toString().replaceAll("-", "−");
}
