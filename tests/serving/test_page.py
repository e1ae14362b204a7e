"""The page in a real browser: it shows the server live, and an image at each stage of the graph."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live import Live, live
from serving_pipelines import IMAGES, broken, doubled, jpegs, number

from adali import fn, pipeline_def
from adali.serving import Service

pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("grpc", reason="the extra serve is not installed")


@pipeline_def(batch_size=8, num_threads=1)
def training() -> Any:
    encoded = fn.external_source(name="images")
    images = fn.decoders.image(encoded)
    resized = fn.resize(images, size=(96, 96), name="resized")
    turned = fn.rotate(resized, angle=20.0, keep_size=True, fill_value=255)
    mean, std = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
    return fn.crop_mirror_normalize(turned, mean=mean, std=std), images.shape()


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(
        Service(training(), name="training"), Service(doubled(), name="numbers", warmup={"x": number(1)})
    ) as running:
        yield running


def test_what_the_page_asks_for(server: Live) -> None:
    status, headers, body = server.request("GET", "/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert b"http://" not in body.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in body
    status, answer = server.json("GET", "/status")
    assert status == 200
    assert [m["name"] for m in answer["models"]] == ["training", "numbers"]
    status, _, body = server.request("POST", "/stages/training", jpegs()[0])
    stages = json.loads(body)["stages"]
    assert status == 200
    assert [(s["operator"], s["shape"], s["dtype"]) for s in stages[1:]] == [
        ("decoders.Image", [360, 480, 3], "uint8"),
        ("Resize", [96, 96, 3], "uint8"),
        ("Rotate", [96, 96, 3], "uint8"),
        ("CropMirrorNormalize", [3, 96, 96], "float32"),
        ("Shapes", [3], "int64"),
    ]
    assert stages[2]["name"] == "resized"
    assert stages[3]["line"].startswith("turned = fn.rotate(")
    assert [("picture" in s, "values" in s) for s in stages] == [(False, True)] + [(True, False)] * 4 + [(False, True)]
    assert stages[4]["remark"].startswith("planes, -")
    assert server.request("POST", "/stages/training", broken())[0] == 422
    assert server.request("POST", "/stages/training", b"hello")[0] == 400
    # It is a pipeline of its own: the service's counts do not move.
    assert server.services["training"].stats.requests == {}


def test_without_the_page() -> None:
    with live(Service(doubled(), name="numbers", warmup=False), page=False) as server:
        assert server.request("GET", "/")[0] == 404
        assert server.request("GET", "/status")[0] == 404
        assert server.request("GET", "/metrics")[0] == 200


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("no chromium with chromedriver is installed")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1280,1500",
        f"--user-data-dir={tmp_path / 'profile'}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=driver, log_output=os.devnull)
    browser = webdriver.Chrome(options=options, service=service)
    yield browser
    browser.quit()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of the driver's connections
def test_the_page_in_a_browser(browser: Any, server: Live) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    def text(name: str) -> str:
        return str(browser.find_element(By.ID, name).text)

    def until(condition: Any) -> Any:
        return WebDriverWait(browser, 30, poll_frequency=0.1).until(lambda _: condition())

    browser.get(f"http://{server.http}/")
    until(lambda: text("state") == "ready")
    for image in jpegs()[:20]:
        assert server.request("POST", "/predict/training", image)[0] == 200
    server.request("POST", "/predict/training", broken())
    until(lambda: text("requests") == "20 answered")
    until(lambda: "1 bad sample" in text("requests-under"))
    assert "decoders__Image" in text("errors")
    assert text("rate").endswith("samples/s")
    assert text("latency").startswith("median")
    assert "CropMirrorNormalize" in text("stages-time")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#batches rect")) == 8

    # An image, dropped as the file dialog gives it.
    browser.find_element(By.ID, "file").send_keys(str(sorted(IMAGES.rglob("*.jpg"))[0]))
    until(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".stage")) == 6)
    pictures = browser.find_elements(By.CSS_SELECTOR, ".stage img")
    assert len(pictures) == 4
    assert all(browser.execute_script("return arguments[0].naturalWidth > 0", p) for p in pictures)
    if "ADALI_SCREENSHOTS" in os.environ:
        until(lambda: len(browser.find_elements(By.CSS_SELECTOR, "#rate-trend path")) == 2)
        browser.save_screenshot(os.path.join(os.environ["ADALI_SCREENSHOTS"], "page.png"))

    # Text that is no image: the message is shown as text, whatever it holds.
    browser.execute_script("send(new Blob(['<img src=x onerror=alert(1)>']))")
    until(lambda: "no image" in text("problem"))
    assert browser.find_elements(By.CSS_SELECTOR, "#problem *") == []
    assert browser.find_elements(By.CSS_SELECTOR, ".stage") == []

    # The other model.
    browser.find_elements(By.CSS_SELECTOR, "#models button")[1].click()
    until(lambda: text("requests") == "0 answered")
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert [message for message in severe if "400 (Bad Request)" not in message] == []
