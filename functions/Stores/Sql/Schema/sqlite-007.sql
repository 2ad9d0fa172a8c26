-- Version 7: market data.

create table market_sectors (
  code text primary key,
  name text not null
);

create table market_stocks (
  code text primary key,
  name text not null,
  sector text not null                       -- code of market_sectors
);
create index market_stocks_sector on market_stocks (sector, code);

create table market_prices (
  code text not null,                        -- of market_stocks
  day text not null,                         -- yyyy-MM-dd
  open real not null,
  high real not null,
  low real not null,
  close real not null,
  volume integer not null,
  primary key (code, day)
);
