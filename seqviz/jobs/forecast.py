"""How a small recurrent network learns to continue a series, epoch by epoch, and the forecasts it has to beat."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, replace
from threading import Event

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from seqviz.jobs.baselines import drift_point, fit_linear, free_run, last_value, mae, mase, rmse, seasonal_naive
from seqviz.jobs.best_epoch import Epoch, best_epoch
from seqviz.models.card import ForecastCard
from seqviz.models.checkpoint import Checkpoint
from seqviz.models.reader import CELLS, Reader, new_reader, seeded_reader
from seqviz.tasks.windows import Cut, Part

WATCHED = 24  # steps ahead that are drawn after every epoch
AHEAD = 100  # steps ahead that the trained network is judged by

OneStep = Callable[[np.ndarray], np.ndarray]
"""Windows (N, W), scaled, to the value after each (N,)."""


@dataclass(frozen=True)
class Settings:
    """What the learner chooses."""

    cell: str = "LSTM"
    units: int = 16
    window: int = 40
    epochs: int = 30
    rate: float = 0.01
    seed: int = 0


@dataclass(frozen=True)
class Forecast:
    """What somebody says of the test part, in the series' own units."""

    one_step: np.ndarray  # (N,) each from the true values before it
    ahead: np.ndarray  # (A,) from its own answers only


@dataclass(frozen=True)
class Trained:
    """The network of the best epoch. Its checkpoint reads and says values in the series' own units."""

    settings: Settings
    best_epoch: int
    checkpoint: Checkpoint
    forecast: Forecast

    @property
    def card(self) -> ForecastCard:
        """What it was trained on, and how."""
        card = self.checkpoint.card
        assert isinstance(card, ForecastCard)
        return card


@dataclass(frozen=True)
class Measures:
    """How far a forecast of the test part is off."""

    mae: float
    rmse: float
    mase: float  # one step ahead; below 1 it beats what "as before" got on the training part
    ahead_rmse: float
    drift: int | None  # the step ahead at which it is off by more than 0.4 standard deviations; None: at none


def train(cut: Cut, settings: Settings, stopped: Event) -> Iterator[Epoch | Trained | None]:
    """A job for `pool.Pool`: an Epoch each, None between batches, and at the end, or where it is stopped, Trained."""
    reader, part = untrained(settings), cut.validation
    inputs, targets = torch.from_numpy(cut.training.windows), torch.from_numpy(cut.training.targets)

    def batch(rows: Tensor, _: torch.Generator) -> tuple[Tensor, Tensor]:
        return inputs[rows], targets[rows]

    def judge() -> Generator[None, None, tuple[float, np.ndarray]]:
        yield from ()  # it is over too soon to draw breath
        one_step = answers(reader)
        found = float(np.mean((one_step(part.windows) - part.targets) ** 2))
        return found, _ahead(cut, part, one_step, WATCHED)

    best = yield from best_epoch(settings.cell, reader, len(inputs), batch, _loss, judge, settings, stopped)
    said = forecast(cut, answers(reader))
    card = about(cut, settings, best, measures(cut, said))
    yield Trained(settings, best, Checkpoint(packed(reader, card), card), said)


def train_all(cut: Cut, settings: Settings, stopped: Event) -> Iterator[Epoch | Trained | None]:
    """The same job for every cell, one after the other, from the same seed and for as many epochs."""
    for cell in CELLS:
        yield from train(cut, replace(settings, cell=cell), stopped)


def untrained(settings: Settings) -> Reader:
    """The network before training."""
    sizes = {"cell": settings.cell, "front": "numbers", "inputs": 1, "features": 1, "units": settings.units}
    return seeded_reader(settings.seed, **sizes)


def answers(reader: Reader) -> OneStep:
    """The network as a function of windows (N, W): what it says after the last value of each, (N,)."""

    @torch.inference_mode()
    def one_step(windows: np.ndarray) -> np.ndarray:
        return _last(reader, torch.from_numpy(windows.astype(np.float32, copy=False))).numpy()

    return one_step


def _last(reader: Reader, windows: Tensor) -> Tensor:
    states, _ = reader.cell(windows.unsqueeze(-1))  # (N, W) -> (N, W, H)
    return reader.readout(states[:, -1]).squeeze(-1)  # (N, H) -> (N,)


def _loss(reader: Reader, windows: Tensor, targets: Tensor) -> Tensor:
    return mse_loss(_last(reader, windows), targets)


def _ahead(cut: Cut, part: Part, one_step: OneStep, most: int) -> np.ndarray:
    return cut.unscaled(free_run(one_step, cut.scaled(part.known), min(most, len(part.ahead))))


def forecast(cut: Cut, one_step: OneStep) -> Forecast:
    """What somebody who answers windows says of the test part."""
    return Forecast(cut.unscaled(one_step(cut.test.windows)), _ahead(cut, cut.test, one_step, AHEAD))


def rivals(cut: Cut, season: int | None) -> dict[str, Forecast]:
    """The forecasts without a network: "last" value, "season" (where there is one in a window), "linear"."""
    found: dict[str, OneStep] = {"last": last_value}
    if season and season <= cut.training.windows.shape[1]:
        found["season"] = lambda windows: seasonal_naive(windows, season)
    found["linear"] = fit_linear(cut.training.windows, cut.training.targets)
    return {name: forecast(cut, one_step) for name, one_step in found.items()}


def measures(cut: Cut, said: Forecast) -> Measures:
    """How far a forecast of the test part is off."""
    errors = said.one_step - cut.unscaled(cut.test.targets)
    ahead = said.ahead - cut.test.ahead[: len(said.ahead)]
    return Measures(mae(errors), rmse(errors), mase(errors, cut.learned), rmse(ahead), drift_point(ahead, cut.std))


def about(cut: Cut, settings: Settings, best_epoch: int, found: Measures) -> ForecastCard:
    """The card of a trained network."""
    values = np.concatenate(cut.series.pieces)
    return ForecastCard(
        **asdict(settings),
        name=f"forecast-{settings.cell.lower()}",
        task=f"forecast: {cut.series.name}",
        data="series.csv; mean and std are those of its training part",
        rule="the epoch with the smallest error on the validation part",
        scores=asdict(found),
        front="vectors",
        inputs=1,
        features=1,
        outputs=1,
        readout="identity",
        best_epoch=best_epoch,
        mean=cut.mean,
        std=cut.std,
        range=[float(values.min()), float(values.max())],
        torch=str(torch.__version__),
    )


def packed(reader: Reader, card: ForecastCard) -> Reader:
    """The network in float64 with the scale inside: its front takes the series' own units, its readout gives them."""
    with torch.device("meta"):
        whole = new_reader(**card.sizes)
    whole.to_empty(device="cpu").double()
    with torch.no_grad():
        whole.load_state_dict(reader.state_dict(), strict=False)
        weights = dict(whole.named_parameters())
        weights["front.weight"].fill_(1 / card.std)
        weights["front.bias"].fill_(-card.mean / card.std)
        weights["readout.weight"].mul_(card.std)
        weights["readout.bias"].mul_(card.std).add_(card.mean)
    return whole.eval().requires_grad_(False)
