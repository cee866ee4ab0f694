import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { needs } from '../support/needs.js';
import { type LocalPlatform, newFolder, removeFolder, startHere } from '../support/platform.js';
import { until } from '../support/until.js';

describe('the metrics of a running platform', function () {
  this.timeout(60_000);
  let platform: LocalPlatform;
  let text = '';

  const figure = (series: string): number => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    if (line === undefined) throw new Error(`no ${series}`);
    return Number(line.slice(series.length));
  };

  before(async () => {
    platform = await startHere(await newFolder());
    const { shop } = platform;
    const saleId = await shop.openSale({ capacity: 1 });
    const card = await shop.issueCard(20_000);
    const { orderId } = (await shop.order(saleId)).body;
    expect((await shop.pay(orderId, card)).body.orderStatus).to.equal('fulfilled');
    expect((await shop.order(saleId)).status).to.equal(409);
    await until('the payment is captured', async () => {
      text = await (await fetch(`${platform.operatorUrl}/metrics`)).text();
      return figure('boxoffice_bank_call_duration_seconds_count{method="capture",answer="captured"}') === 1;
    });
  });

  after(async () => {
    await platform.stop();
    await removeFolder(platform.folder);
  });

  it('tell of commands by what became of them', () => {
    expect(figure('boxoffice_commands_total{command="Open",outcome="accepted"}')).to.equal(1);
    expect(figure('boxoffice_commands_total{command="Hold",outcome="sold_out"}')).to.equal(1);
    expect(figure('boxoffice_commands_waiting')).to.be.at.least(0);
  });

  it('tell of events by their type, and of appends', () => {
    expect(figure('boxoffice_events_total{type="OrderFulfilled"}')).to.equal(1);
    expect(figure('boxoffice_append_duration_seconds_count')).to.be.greaterThan(5);
  });

  it('tell of calls to the bank', () => {
    expect(figure('boxoffice_bank_call_duration_seconds_count{method="authorise",answer="authorised"}')).to.equal(1);
  });

  it('tell what each reader of the feed has before it, and for how long', async () => {
    const series = 'boxoffice_reader_lag_events{group="orders",partition="0"}';
    await until('readers were looked at', async () => {
      text = await (await fetch(`${platform.operatorUrl}/metrics`)).text();
      return text.includes(series);
    });
    expect(figure(series)).to.be.at.least(0);
    expect(figure('boxoffice_reader_age_seconds{group="orders",partition="0"}')).to.be.at.least(0);
  });

  it('are what promtool takes for sound, but for those of the client library', function () {
    const { stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    needs(
      this,
      error === undefined ? undefined : 'promtool (of the Debian package prometheus) is missing',
      'the form of metrics',
    );
    const own = `${stdout}${stderr}`.split('\n').filter((line) => !/^(nodejs_|process_|$)/.test(line));
    expect(own).to.deep.equal([]);
  });
});
